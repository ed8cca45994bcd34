//! Kernels in Rust for assay, judged where they are.
//!
//! ```no_run
//! use assay_kernel::{serve, Call, Kernel, Outcome};
//! fn softmax(c: &mut Call) -> Outcome { /* c.input("x"), c.put("y", ...) */ Ok(()) }
//! serve(&[Kernel { op: "softmax", dtypes: "f32", contract: "", run: softmax }]);
//! ```
//!
//! A kernel finds its inputs and outputs by the names that `assay explain OP` lists;
//! all are contiguous in row-major order. What it does not ask for it does not
//! support: a call that brings more is counted as UNSUPPORTED.

mod frames;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// What a kernel answers when it gives no outputs.
#[derive(Debug)]
pub enum Refusal {
    /// A value that the operation refuses: argument, code, value, what was wanted, row or -1.
    Reject(String, String, String, String, i64),
    /// A call that the kernel does not take.
    Unsupported(String),
    /// It failed.
    Failed(String),
}

/// What a kernel returns.
pub type Outcome = Result<(), Refusal>;

/// An offer: an operation, "f32,bf16", what it declares ("acc=f64" or ""), and the body.
pub struct Kernel {
    pub op: &'static str,
    pub dtypes: &'static str,
    pub contract: &'static str,
    pub run: fn(&mut Call) -> Outcome,
}

/// A tensor as it came: little-endian elements. The shape of a scalar is empty.
#[derive(Default, Clone, Debug)]
pub struct Tensor {
    pub dtype: String,
    pub shape: Vec<usize>,
    pub data: Vec<u8>,
}

/// An element type that tensors are made of; u16 stands for the bits of bf16 and f16.
pub trait Element: Copy {
    const NAMES: &'static [&'static str];
    fn read(b: &[u8]) -> Self;
    fn write(self, to: &mut Vec<u8>);
}

macro_rules! elements {
    ($($t:ty: $($name:literal)*;)*) => {$(
        impl Element for $t {
            const NAMES: &'static [&'static str] = &[$($name),*];
            fn read(b: &[u8]) -> Self { <$t>::from_le_bytes(b.try_into().unwrap()) }
            fn write(self, to: &mut Vec<u8>) { to.extend(self.to_le_bytes()) }
        }
    )*};
}
elements! { f64: "F64"; f32: "F32"; u16: "BF16" "F16"; i64: "I64"; i32: "I32"; u64: "U64"; }

impl Tensor {
    /// The elements. Panics where they are of another type, which is a failure of the kernel.
    pub fn elements<T: Element>(&self) -> Vec<T> {
        assert!(T::NAMES.contains(&self.dtype.as_str()), "elements of type {}, not {:?}", self.dtype, T::NAMES);
        self.data.chunks_exact(std::mem::size_of::<T>()).map(T::read).collect()
    }
}

/// One call: inputs, options, and the outputs that are wanted.
#[derive(Default)]
pub struct Call {
    pub op: String,
    pub dtype: String,
    inputs: BTreeMap<String, (Tensor, Cell<bool>)>,
    options: BTreeMap<String, (String, Cell<bool>)>,
    wanted: BTreeMap<String, Tensor>, // without data
    outputs: BTreeMap<String, Tensor>,
}

impl Call {
    /// An input; None where it is absent, and has its default.
    pub fn input(&self, name: &str) -> Option<&Tensor> {
        self.inputs.get(name).map(|(t, seen)| {
            seen.set(true);
            t
        })
    }

    /// A real parameter: a scalar, or one for each row.
    pub fn number(&self, name: &str, row: usize, otherwise: f64) -> f64 {
        let Some(t) = self.input(name) else { return otherwise };
        let i = if t.shape.is_empty() { 0 } else { row };
        if t.dtype == "F64" { t.elements::<f64>()[i] } else { t.elements::<f32>()[i] as f64 }
    }

    /// A chosen option of the operation.
    pub fn option<'a>(&'a self, name: &str, otherwise: &'a str) -> &'a str {
        self.options.get(name).map_or(otherwise, |(v, seen)| {
            seen.set(true);
            v
        })
    }

    /// Whether an output is wanted.
    pub fn wants(&self, name: &str) -> bool {
        self.wanted.contains_key(name)
    }

    /// Gives an output; one that nobody wants is dropped.
    pub fn put<T: Element>(&mut self, name: &str, elements: &[T]) {
        let Some(w) = self.wanted.get(name) else { return };
        let mut data = Vec::with_capacity(std::mem::size_of_val(elements));
        elements.iter().for_each(|e| e.write(&mut data));
        let count: usize = w.shape.iter().product();
        let same = T::NAMES.contains(&w.dtype.as_str());
        let dtype = if same { w.dtype.clone() } else { T::NAMES[0].into() };
        let shape = if count == elements.len() { w.shape.clone() } else { vec![elements.len()] };
        self.outputs.insert(name.into(), Tensor { dtype, shape, data });
    }

    fn answer(&mut self, kernels: &[Kernel]) -> Outcome {
        let offers = |k: &&Kernel| k.op == self.op && k.dtypes.split(',').any(|d| d == self.dtype);
        let Some(k) = kernels.iter().find(offers) else { return Err(Refusal::Unsupported("no such kernel".into())) };
        catch_unwind(AssertUnwindSafe(|| (k.run)(self))).unwrap_or_else(|p| {
            let words = p.downcast_ref::<String>().cloned().or(p.downcast_ref::<&str>().map(|s| s.to_string()));
            Err(Refusal::Failed(format!("it panicked: {}", words.unwrap_or_default())))
        })?;
        let unseen = self.inputs.iter().find(|(_, v)| !v.1.get()).map(|(k, _)| k);
        match unseen.or(self.options.iter().find(|(_, v)| !v.1.get()).map(|(k, _)| k)) {
            Some(name) => Err(Refusal::Unsupported(format!("{} takes no {name}", self.op))),
            None => Ok(()),
        }
    }
}

/// Answers the host's requests until it has no more: the last thing in main.
pub fn serve(kernels: &[Kernel]) {
    let (mut from, mut to) = frames::pipes();
    while let Some((meta, tensors)) = frames::read(&mut from) {
        let (meta, tensors) = match meta.get("message").map(String::as_str) {
            Some("hello") => (hello(kernels), vec![]),
            Some("run") => run(kernels, meta, tensors),
            _ => (BTreeMap::from([("message".into(), "unknown".into())]), vec![]),
        };
        frames::write(&mut to, &meta, &tensors);
    }
}

fn hello(kernels: &[Kernel]) -> BTreeMap<String, String> {
    let mut meta = BTreeMap::from([("message".into(), "hello".into()), ("adapter".into(), "rust".into())]);
    for k in kernels {
        meta.insert(format!("kernel.{}", k.op), k.dtypes.into());
        meta.insert(format!("contract.{}", k.op), k.contract.into());
    }
    meta
}

type Message = (BTreeMap<String, String>, Vec<(String, Tensor)>);

fn run(kernels: &[Kernel], meta: BTreeMap<String, String>, tensors: Vec<(String, Tensor)>) -> Message {
    let mut calls: Vec<Call> = (0..meta["calls"].parse().unwrap()).map(|_| Call::default()).collect();
    for (key, value) in &meta {
        let Some((n, name)) = key.split_once('.') else { continue };
        let c = &mut calls[n.parse::<usize>().unwrap()];
        match name.split_once('.').unwrap_or((name, "")) {
            ("op", _) => c.op = value.clone(),
            ("dtype", _) => c.dtype = value.clone(),
            ("in", arg) => drop(c.inputs.insert(arg.into(), (frames::scalar(value), false.into()))),
            ("out", arg) => drop(c.wanted.insert(arg.into(), frames::wanted(value))),
            ("choice", arg) => drop(c.options.insert(arg.into(), (value.clone(), false.into()))),
            _ => {}
        }
    }
    for (key, t) in tensors {
        let (n, name) = key.split_once('.').unwrap();
        calls[n.parse::<usize>().unwrap()].inputs.insert(name.into(), (t, false.into()));
    }
    let mut answer = BTreeMap::from([("message".into(), "answer".into()), ("request".into(), meta["request"].clone())]);
    let mut outputs = vec![];
    for (n, c) in calls.iter_mut().enumerate() {
        let mut say = |key: &str, value: &str| drop(answer.insert(format!("{n}.{key}"), value.to_string()));
        match c.answer(kernels) {
            Ok(()) => {
                say("status", "ok");
                outputs.extend(std::mem::take(&mut c.outputs).into_iter().map(|(name, t)| (format!("{n}.{name}"), t)));
            }
            Err(Refusal::Reject(arg, code, value, want, row)) => {
                say("status", "reject");
                [("arg", arg), ("code", code), ("value", value), ("want", want), ("row", row.to_string())].iter().for_each(|(k, v)| say(k, v));
            }
            Err(Refusal::Unsupported(why)) => [("status", "unsupported"), ("text", &why)].iter().for_each(|(k, v)| say(k, v)),
            Err(Refusal::Failed(why)) => [("status", "error"), ("text", &why)].iter().for_each(|(k, v)| say(k, v)),
        }
    }
    (answer, outputs)
}
