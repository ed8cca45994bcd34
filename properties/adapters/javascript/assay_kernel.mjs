// Kernels in JavaScript for assay, judged where they are.
//
//     import { kernel, serve } from "./assay_kernel.mjs";
//     kernel("softmax", { dtypes: "f32" }, ({ x, temperature = 1 }) => ...);
//     serve();
//
// A kernel takes the operation's inputs and options by name (assay explain OP lists
// them) and returns its outputs: a typed array, or several by name. A tensor is
// {dtype, shape, data}, contiguous in row-major order; a scalar is a number, of 64
// bits a BigInt; bf16 and f16 are Uint16Array of their bits. What a kernel does not
// look at it does not support: a call that brings more is counted as UNSUPPORTED.

import { readSync, writeSync } from "node:fs";

const MAGIC = "ASSY\u0001\0\0\0"; // and version
const LIMIT = 200_000_000;
const ARRAYS = { F64: Float64Array, F32: Float32Array, BF16: Uint16Array, F16: Uint16Array, I64: BigInt64Array, I32: Int32Array, U64: BigUint64Array };
const table = new Map(); // operation -> {dtypes, contract, run}

/** A value that the operation refuses: thrown by a kernel. */
export class Reject extends Error {
  constructor(arg, code, value = "", want = "", row = -1) {
    super(code);
    this.fields = { arg, code, value: String(value), want, row: String(row) };
  }
}

/** A call that the kernel does not take: thrown by a kernel. */
export class Unsupported extends Error {}

/** Offers a function as the kernel of an operation. */
export function kernel(op, { dtypes = "f32", contract = "" }, run) {
  table.set(op, { dtypes, contract, run });
}

/** Answers the host's requests until it has no more: call it last. */
export function serve() {
  const from = Number(process.env.ASSAY_IN_FD ?? 0);
  const to = Number(process.env.ASSAY_OUT_FD ?? 1);
  if (to === 1) console.log = console.info = console.error; // frames only
  for (let message; (message = read(from)); ) {
    const { meta, tensors } = message;
    if (meta.message === "hello") write(to, hello(), []);
    else if (meta.message === "run") write(to, ...run(meta, tensors));
    else write(to, { message: "unknown" }, []);
  }
}

/** Reads until the buffer is full; false where the stream ends first. */
function fill(fd, buffer) {
  for (let got = 0; got < buffer.length; ) {
    const n = readSync(fd, buffer, got, buffer.length - got, null);
    if (n === 0) return false;
    got += n;
  }
  return true;
}

function read(fd) {
  const head = Buffer.alloc(16);
  if (!fill(fd, head)) return null;
  const length = Number(head.readBigUInt64LE(8));
  if (head.toString("latin1", 0, 8) !== MAGIC || length < 8 || length > LIMIT) throw new Error("not a frame of version 1");
  const body = Buffer.from(new ArrayBuffer(length));
  if (!fill(fd, body)) throw new Error("the stream ended within a frame");
  const start = 8 + Number(body.readBigUInt64LE(0));
  const { __metadata__: meta = {}, ...entries } = JSON.parse(body.toString("utf8", 8, start));
  const tensors = Object.entries(entries).map(([name, t]) => {
    const [begin, end] = t.data_offsets;
    const bytes = body.buffer.slice(start + begin, start + end); // a copy, aligned for any type
    return [name, { dtype: t.dtype, shape: t.shape, data: new ARRAYS[t.dtype](bytes) }];
  });
  return { meta, tensors };
}

function write(fd, meta, tensors) {
  const header = { __metadata__: meta };
  let at = 0;
  for (const [name, t] of tensors) {
    header[name] = { dtype: t.dtype, shape: t.shape, data_offsets: [at, at + t.data.byteLength] };
    at += t.data.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const head = Buffer.alloc(24);
  head.write(MAGIC, "latin1");
  head.writeBigUInt64LE(BigInt(8 + text.length + at), 8);
  head.writeBigUInt64LE(BigInt(text.length), 16);
  const data = tensors.map(([, t]) => Buffer.from(t.data.buffer, t.data.byteOffset, t.data.byteLength));
  const frame = Buffer.concat([head, text, ...data]);
  for (let sent = 0; sent < frame.length; ) sent += writeSync(fd, frame, sent);
}

function hello() {
  const meta = { message: "hello", adapter: `node ${process.versions.node}`, probes: "inputs" };
  for (const [op, k] of table) {
    meta[`kernel.${op}`] = k.dtypes;
    meta[`contract.${op}`] = k.contract;
  }
  return meta;
}

function run(meta, tensors) {
  const calls = Array.from({ length: Number(meta.calls) }, () => ({ inputs: {}, wanted: {} }));
  for (const [key, value] of Object.entries(meta)) {
    const [n, kind, name] = key.split(".");
    if (kind === "in") calls[n].inputs[name] = scalar(value);
    else if (kind === "choice") calls[n].inputs[name] = value;
    else if (kind === "out") calls[n].wanted[name] = wanted(value);
    else if (kind) calls[n][kind] = value;
  }
  for (const [key, t] of tensors) {
    const [n, name] = key.split(".");
    calls[n].inputs[name] = t;
  }
  const answer = { message: "answer", request: meta.request };
  const outputs = [];
  calls.forEach((c, n) => {
    const say = (fields) => Object.entries(fields).forEach(([k, v]) => (answer[`${n}.${k}`] = v));
    try {
      for (const [name, t] of call(c)) outputs.push([`${n}.${name}`, t]);
      say({ status: "ok" });
    } catch (e) {
      if (e instanceof Reject) say({ status: "reject", ...e.fields });
      else if (e instanceof Unsupported) say({ status: "unsupported", text: e.message });
      else say({ status: "error", text: `${e}${String(e?.stack).match(/\n +at .*/)?.[0] ?? ""}`.replace(/\s+/g, " ") });
    }
  });
  return [answer, outputs];
}

function call(c) {
  const k = table.get(c.op);
  if (!k?.dtypes.split(",").includes(c.dtype)) throw new Unsupported(`no ${c.op} for ${c.dtype}`);
  const seen = new Set();
  const before = Object.entries(c.inputs).map(([, t]) => t.data && Buffer.from(t.data.slice().buffer));
  const result = k.run(new Proxy(c.inputs, { get: (inputs, name) => (seen.add(name), inputs[name]) }));
  Object.entries(c.inputs).forEach(([name, t], i) => {
    if (!seen.has(name)) throw new Unsupported(`${c.op} takes no ${name}`);
    if (before[i] && !before[i].equals(Buffer.from(t.data.buffer))) throw new Error(`the input ${name} was written to`);
  });
  const names = c.outputs.split(",");
  const results = ArrayBuffer.isView(result) || typeof result !== "object" ? { [names[0]]: result } : result;
  return names.map((name) => [name, output(name, results[name], c.wanted[name])]);
}

/** A typed array in the shape wanted, where it has as many elements; its own type. */
function output(name, data, { dtype, shape }) {
  if (typeof data === "number" || typeof data === "bigint") data = ARRAYS[dtype].of(data);
  if (!ArrayBuffer.isView(data)) throw new Error(`no output ${name}`);
  const own = data instanceof ARRAYS[dtype] ? dtype : Object.keys(ARRAYS).find((d) => data instanceof ARRAYS[d]);
  if (!own) throw new Error(`output ${name} is a ${data.constructor.name}, want ${ARRAYS[dtype].name}`);
  const count = shape.reduce((a, b) => a * b, 1);
  return { dtype: own, shape: data.length === count ? shape : [data.length], data };
}

/** "f32 0.5", "u64 7" */
function scalar(spec) {
  const [dtype, value] = spec.split(" ");
  if (dtype.endsWith("64") && dtype !== "f64") return BigInt(value);
  return Number(value.replace("Inf", "Infinity"));
}

/** "f32[2,130] 7fc0dead" */
function wanted(spec) {
  const [, dtype, dims] = spec.match(/^(\w+)\[([\d,]*)\]/);
  return { dtype: dtype.toUpperCase(), shape: dims ? dims.split(",").map(Number) : [] };
}
