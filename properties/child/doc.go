// Package child judges kernels that live in another process, in any language.
//
// A [Child] starts a command, asks it what kernels it has and then puts calls to
// it. One that dies, hangs or answers nonsense is ended and started again, and
// only the call that did it suffers: see [Child.Run]. [Serve] is the other side,
// for kernels in Go; adapters for other languages lie in properties/adapters.
//
// # The protocol, version 1
//
// The host starts the child with two pipes, whose descriptors are in the
// environment: the child reads requests from ASSAY_IN_FD and writes answers to
// ASSAY_OUT_FD, as decimal numbers. Where they are not set (Windows has no such
// descriptors) it uses standard input and output, and must keep both clean of
// anything else. Otherwise what it prints on standard output and error is its
// own; the last of it is quoted when it dies.
//
// Both directions carry frames:
//
//	bytes  0-3   "ASSY"
//	bytes  4-7   version, uint32 little-endian: 1
//	bytes  8-15  length of what follows, uint64 little-endian
//	then         one safetensors file of exactly that length
//
// No frame is longer than 200 MB. The host speaks first and waits for the answer
// to each request. When the host closes the child's input, the child ends with
// status 0.
//
// The strings below stand in the safetensors metadata. A value is text; a list is
// separated by commas; names of operations, arguments, choices and element types
// are those of the table of operations (assay explain OP).
//
// Hello, asked once after the start:
//
//	message      "hello"
//
// and its answer:
//
//	message      "hello"
//	adapter      what speaks, for reports: "python 3.12, numpy 2.1"
//	kernel.OP    element types of the kernel for OP: "f32,bf16"
//	contract.OP  what it declares, over the default: "acc=f64,sum=tree"; may be
//	             absent, and contract.OP.DTYPE goes before it
//	probes       what the child itself watches: "fill", "red-zones", "inputs"
//
// Run, a batch of calls:
//
//	message      "run"
//	request      a number that the answer repeats
//	case         id of the case that the calls belong to, where there is one
//	calls        how many: the calls are numbered from 0, and N. below is theirs
//	N.op         the operation
//	N.dtype      element type of the call: that of its first input
//	N.choice.C   a chosen option, where it is not the first listed
//	N.in.A       an input of rank 0: element type and value, "f32 0.5", "u64 7";
//	             real numbers are exact decimals, or NaN, +Inf, -Inf
//	N.outputs    the outputs that are wanted, in the table's order
//	N.out.A      each of them: element type, shape and fill,
//	             "f32[2,130] 7fc0dead": an element that the kernel leaves alone must
//	             come back as the fill's bits. A scalar is "f32[] ..."
//
// Inputs of rank 1 and more are the tensors named "N.A", contiguous in row-major
// order. Inputs that are absent have their default. The answer:
//
//	message      "answer"
//	request      the number of the request
//	N.status     "ok": the tensors "N.A" are the outputs, of the types and shapes
//	             wanted; "reject": the values are refused; "unsupported": the kernel
//	             does not take such a call; "error": it failed
//	N.arg, N.code, N.value, N.want, N.row
//	             of a reject: the argument refused, a stable code, the value, what
//	             was wanted, and its row (absent or -1 for none); all may be absent
//	N.text       of unsupported and error: why
//
// A child that gets a message it does not know answers with the message
// "unknown". Strides, outputs stored over inputs, protected pages and calls at the
// same time are not carried: an adapter may watch its own memory and name that
// under probes.
package child
