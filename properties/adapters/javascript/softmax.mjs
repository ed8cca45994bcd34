// A softmax in JavaScript, to be judged:  assay verify --exec "node softmax.mjs"
import { kernel, Reject, serve } from "./assay_kernel.mjs";

// y = exp((x - m) / T) / sum exp((x - m) / T), m the largest of the row. NaN or +Inf
// in a row, or nothing but -Inf: no distribution, NaN. T = 0: all on the first of
// the largest.
function row(y, x, T) {
  let best = 0;
  for (let i = 0; i < x.length; i++) if (x[i] > x[best]) best = i;
  const m = x[best];
  if (!Number.isFinite(m) || x.some(Number.isNaN)) return y.fill(NaN);
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    if (T === 0) y[i] = i === best ? 1 : 0;
    else y[i] = x[i] === -Infinity ? 0 : Math.exp((x[i] - m) / T); // masked whatever T is
    sum += y[i];
  }
  for (let i = 0; i < x.length; i++) y[i] /= sum;
}

kernel("softmax", { dtypes: "f32,f64" }, ({ x, temperature = 1 }) => {
  const [rows, vocab] = x.shape;
  const of = (r) => temperature.data?.[r] ?? temperature; // one, or one for each row
  for (let r = 0; r < rows; r++) {
    const code = Number.isNaN(of(r)) ? "temperature_nan" : "temperature_negative";
    if (!(of(r) >= 0)) throw new Reject("temperature", code, of(r), "a number >= 0", r);
  }
  const y = new x.data.constructor(x.data.length);
  for (let r = 0; r < rows && vocab > 0; r++) {
    row(y.subarray(r * vocab, (r + 1) * vocab), x.data.subarray(r * vocab, (r + 1) * vocab), of(r));
  }
  return y;
});

serve();
