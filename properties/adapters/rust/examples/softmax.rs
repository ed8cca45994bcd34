//! A softmax in Rust, to be judged:
//! cargo build --release --example softmax && assay verify --exec target/release/examples/softmax

use assay_kernel::{serve, Call, Kernel, Outcome, Refusal};

/// y = exp((x - m) / T) / sum exp((x - m) / T), m the largest of the row. NaN or +Inf
/// in a row, or nothing but -Inf: no distribution, NaN. T = 0: all on the first of
/// the largest.
fn row(y: &mut [f32], x: &[f32], t: f32) {
    let mut best = 0;
    for (i, v) in x.iter().enumerate() {
        if *v > x[best] {
            best = i;
        }
    }
    let m = x[best];
    if m.is_infinite() || x.iter().any(|v| v.is_nan()) {
        return y.fill(f32::NAN);
    }
    for (i, v) in x.iter().enumerate() {
        y[i] = match (t == 0.0, v.is_infinite()) {
            (true, _) => (i == best) as u8 as f32,
            (_, true) => 0.0, // masked whatever T is
            _ => ((v - m) / t).exp(),
        };
    }
    let sum: f32 = y.iter().sum();
    y.iter_mut().for_each(|v| *v /= sum);
}

fn softmax(c: &mut Call) -> Outcome {
    let x = c.input("x").unwrap();
    let (rows, vocab, x) = (x.shape[0], x.shape[1], x.elements::<f32>());
    let mut y = vec![0f32; x.len()];
    for r in 0..rows {
        let t = c.number("temperature", r, 1.0);
        if t.is_nan() || t < 0.0 {
            let code = if t.is_nan() { "temperature_nan" } else { "temperature_negative" };
            return Err(Refusal::Reject("temperature".into(), code.into(), t.to_string(), "a number >= 0".into(), r as i64));
        }
        if vocab > 0 {
            let at = r * vocab..(r + 1) * vocab;
            row(&mut y[at.clone()], &x[at], t as f32);
        }
    }
    c.put("y", &y);
    Ok(())
}

fn main() {
    serve(&[Kernel { op: "softmax", dtypes: "f32", contract: "", run: softmax }]);
}
