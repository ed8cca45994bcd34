//! Frames: 16 bytes of head, then one safetensors file. The host is trusted to send
//! what its protocol says: anything else ends the process with a panic.

use crate::Tensor;
use std::collections::BTreeMap;
use std::io::{Read, Write};

const HEAD: &[u8; 8] = b"ASSY\x01\0\0\0"; // magic and version
const LIMIT: u64 = 200_000_000;

/// The descriptors of the environment, else standard input and output.
pub fn pipes() -> (Box<dyn Read>, Box<dyn Write>) {
    #[cfg(unix)]
    if let (Ok(i), Ok(o)) = (std::env::var("ASSAY_IN_FD"), std::env::var("ASSAY_OUT_FD")) {
        use std::{fs::File, os::fd::FromRawFd};
        let file = |s: String| unsafe { File::from_raw_fd(s.parse().expect("the number of a descriptor")) };
        return (Box::new(file(i)), Box::new(file(o)));
    }
    (Box::new(std::io::stdin()), Box::new(std::io::stdout()))
}

/// The next message, None where the stream ends.
pub fn read(from: &mut dyn Read) -> Option<(BTreeMap<String, String>, Vec<(String, Tensor)>)> {
    let mut head = [0; 16];
    from.read_exact(&mut head).ok()?;
    let length = u64::from_le_bytes(head[8..].try_into().unwrap());
    assert!(&head[..8] == HEAD && (8..=LIMIT).contains(&length), "not a frame of version 1");
    let mut body = vec![0; length as usize];
    from.read_exact(&mut body).expect("the whole frame");
    let split = 8 + u64::from_le_bytes(body[..8].try_into().unwrap()) as usize;
    let mut json = Json { text: &body[8..split], at: 0 };
    let (mut meta, mut tensors) = (BTreeMap::new(), vec![]);
    json.object(|json, name| {
        if name == "__metadata__" {
            return json.object(|json, key| drop(meta.insert(key, json.string())));
        }
        let (mut t, mut at) = (Tensor::default(), vec![]);
        json.object(|json, key| match key.as_str() {
            "dtype" => t.dtype = json.string(),
            "shape" => t.shape = json.list(),
            _ => at = json.list(),
        });
        t.data = body[split + at[0]..split + at[1]].to_vec();
        tensors.push((name, t));
    });
    Some((meta, tensors))
}

/// The little of JSON that a header is made of.
struct Json<'a> {
    text: &'a [u8],
    at: usize,
}

impl Json<'_> {
    fn next(&mut self) -> u8 {
        while b" ,:".contains(&self.text[self.at]) {
            self.at += 1;
        }
        self.at += 1;
        self.text[self.at - 1]
    }

    fn object(&mut self, mut value: impl FnMut(&mut Self, String)) {
        assert_eq!(self.next(), b'{');
        while self.next() != b'}' {
            self.at -= 1;
            let key = self.string();
            value(self, key);
        }
    }

    fn string(&mut self) -> String {
        assert_eq!(self.next(), b'"');
        let mut s = vec![];
        while self.text[self.at] != b'"' {
            self.at += (self.text[self.at] == b'\\') as usize;
            s.push(self.text[self.at]);
            self.at += 1;
        }
        self.at += 1;
        String::from_utf8(s).expect("UTF-8")
    }

    fn list(&mut self) -> Vec<usize> {
        assert_eq!(self.next(), b'[');
        let end = self.at + self.text[self.at..].iter().position(|&b| b == b']').expect("the end of a list");
        let words = std::str::from_utf8(&self.text[self.at..end]).expect("digits");
        self.at = end + 1;
        words.split(',').filter(|w| !w.is_empty()).map(|w| w.trim().parse().expect("a number")).collect()
    }
}

/// Sends a message.
pub fn write(to: &mut dyn Write, meta: &BTreeMap<String, String>, tensors: &[(String, Tensor)]) {
    let words: Vec<String> = meta.iter().map(|(k, v)| format!("{}:{}", quoted(k), quoted(v))).collect();
    let mut header = format!("{{\"__metadata__\":{{{}}}", words.join(","));
    let mut at = 0;
    for (name, t) in tensors {
        let end = at + t.data.len();
        header += &format!(",{}:{{\"dtype\":\"{}\",\"shape\":{:?},\"data_offsets\":[{at},{end}]}}", quoted(name), t.dtype, t.shape);
        at = end;
    }
    header += "}";
    let mut frame = Vec::with_capacity(24 + header.len() + at);
    frame.extend(HEAD);
    frame.extend((8 + header.len() as u64 + at as u64).to_le_bytes());
    frame.extend((header.len() as u64).to_le_bytes());
    frame.extend(header.as_bytes());
    tensors.iter().for_each(|(_, t)| frame.extend(&t.data));
    if to.write_all(&frame).and_then(|_| to.flush()).is_err() {
        std::process::exit(0); // the host is gone
    }
}

fn quoted(s: &str) -> String {
    let mut q = String::from("\"");
    for c in s.chars() {
        match c {
            '"' | '\\' => q.extend(['\\', c]),
            c if (c as u32) < 32 => q.push(' '),
            c => q.push(c),
        }
    }
    q + "\""
}

/// An input of rank 0: "f32 0.5", "u64 7".
pub fn scalar(spec: &str) -> Tensor {
    let (dtype, v) = spec.split_once(' ').expect("a type and a value");
    let real = || v.parse::<f64>().expect("a real number");
    let data = match dtype {
        "f64" => real().to_le_bytes().to_vec(),
        "f32" => (real() as f32).to_le_bytes().to_vec(),
        "i64" => v.parse::<i64>().expect("a whole number").to_le_bytes().to_vec(),
        "i32" => v.parse::<i32>().expect("a whole number").to_le_bytes().to_vec(),
        "u64" => v.parse::<u64>().expect("a whole number").to_le_bytes().to_vec(),
        _ => panic!("a scalar of type {dtype}"),
    };
    Tensor { dtype: dtype.to_uppercase(), shape: vec![], data }
}

/// An output that is wanted: "f32[2,130] 7fc0dead".
pub fn wanted(spec: &str) -> Tensor {
    let (dtype, rest) = spec.split_once('[').expect("a shape");
    let dims = rest.split_once(']').expect("the end of a shape").0;
    let shape = dims.split(',').filter(|w| !w.is_empty()).map(|w| w.parse().expect("a number")).collect();
    Tensor { dtype: dtype.to_uppercase(), shape, data: vec![] }
}
