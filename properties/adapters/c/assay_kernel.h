/* assay_kernel.h: kernels in C or C++ for assay, judged where they are.
 *
 *     static int softmax(assay_call *c) { ... return ASSAY_OK; }
 *     int main(void) {
 *         static const assay_kernel kernels[] = {{"softmax", "f32", "", softmax}};
 *         return assay_serve(kernels, 1);
 *     }
 *
 *     $ cc -O2 -o k k.c -lm && assay verify --exec ./k
 *
 * A kernel finds its inputs and outputs by the names that assay explain OP lists.
 * All lie contiguous in row-major order. Around each are 512 bytes that must stay
 * as they are; inputs must, too. What a kernel does not ask for it does not
 * support: a call that brings more is counted as UNSUPPORTED. */
#ifndef ASSAY_KERNEL_H
#define ASSAY_KERNEL_H
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#else
#include <unistd.h>
#endif

enum { ASSAY_OK, ASSAY_REJECT, ASSAY_UNSUPPORTED, ASSAY_ERROR }; /* what a kernel returns */

typedef struct {
    const char *name;
    char dtype[8]; /* F32, BF16, I64 ... */
    int rank;      /* 0: a scalar */
    size_t shape[8], count;
    void *data;
    int seen, out;                      /* below: the adapter's own */
    size_t width;
    unsigned char fill[8], *block;
    const unsigned char *sent;
} assay_tensor;

typedef struct {
    const char *op, *dtype;
    assay_tensor tensors[32];
    int count;
    const char *option[8], *chosen[8];
    int options, options_seen;
    char arg[64], code[64], value[64], want[256], text[256];
    long row;
} assay_call;

typedef struct {
    const char *op, *dtypes, *contract; /* "softmax", "f32,bf16", "acc=f64" or "" */
    int (*run)(assay_call *);
} assay_kernel;

static assay_tensor *assay__find(assay_call *c, const char *name, int out) {
    for (int i = 0; i < c->count; i++)
        if (c->tensors[i].out == out && !strcmp(c->tensors[i].name, name)) return c->tensors[i].seen = 1, &c->tensors[i];
    return NULL;
}

/* assay_input is an input, NULL where it is absent: it has its default then. */
static inline const assay_tensor *assay_input(assay_call *c, const char *name) { return assay__find(c, name, 0); }

/* assay_output is an output to be filled, NULL where it is not wanted. */
static inline assay_tensor *assay_output(assay_call *c, const char *name) { return assay__find(c, name, 1); }

/* assay_number is a real parameter: a scalar, or one for each row. */
static inline double assay_number(assay_call *c, const char *name, size_t row, double otherwise) {
    const assay_tensor *t = assay__find(c, name, 0);
    if (!t) return otherwise;
    size_t i = t->rank ? row : 0;
    return strcmp(t->dtype, "F64") ? (double)((const float *)t->data)[i] : ((const double *)t->data)[i];
}

/* assay_option is a choice of the operation: reduction, unit ... */
static inline const char *assay_option(assay_call *c, const char *name, const char *otherwise) {
    for (int i = 0; i < c->options; i++)
        if (!strcmp(c->option[i], name)) return c->options_seen |= 1 << i, c->chosen[i];
    return otherwise;
}

/* assay_reject refuses a value: return assay_reject(...). row is -1 for none. */
static inline int assay_reject(assay_call *c, const char *arg, const char *code, double value, const char *want, long row) {
    snprintf(c->arg, sizeof c->arg, "%s", arg), snprintf(c->code, sizeof c->code, "%s", code);
    snprintf(c->value, sizeof c->value, "%g", value), snprintf(c->want, sizeof c->want, "%s", want);
    return c->row = row, ASSAY_REJECT;
}

/* assay_fail says why: return assay_fail(c, ASSAY_UNSUPPORTED, "...") or ASSAY_ERROR. */
static inline int assay_fail(assay_call *c, int how, const char *why) { return snprintf(c->text, sizeof c->text, "%s", why), how; }

/* What follows is the adapter's own: frames of 16 bytes of head and one
 * safetensors file each, read and written until the host has no more. */

enum { ASSAY__ZONE = 512, ASSAY__LIMIT = 200000000 };

static void assay__die(const char *why) { fprintf(stderr, "assay_kernel: %s\n", why), exit(2); }

static void *assay__room(void *old, size_t n) {
    void *p = realloc(old, n ? n : 1);
    if (!p) assay__die("out of memory");
    return p;
}

static int assay__fd(const char *variable, int standard) {
    const char *s = getenv(variable);
#ifdef _WIN32
    if (!s) _setmode(standard, _O_BINARY);
#endif
    return s ? atoi(s) : standard;
}

/* assay__move reads or writes n bytes; 0 where the stream ends before them. */
static int assay__move(int fd, void *data, size_t n, int out) {
    for (char *p = (char *)data; n > 0;) {
        long k = out ? (long)write(fd, p, n) : (long)read(fd, p, n);
        if (k <= 0) return 0;
        p += k, n -= (size_t)k;
    }
    return 1;
}

/* A text that grows. */
typedef struct { char *at; size_t n, room; } assay__text;

static void assay__put(assay__text *t, const char *format, ...) {
    for (;;) {
        va_list args;
        va_start(args, format);
        int n = t->room ? vsnprintf(t->at + t->n, t->room - t->n, format, args) : (int)strlen(format) + 64;
        va_end(args);
        if (t->room && n >= 0 && t->n + (size_t)n < t->room) { t->n += (size_t)n; return; }
        t->at = (char *)assay__room(t->at, t->room = 2 * t->room + (size_t)n + 64);
    }
}

/* assay__word writes "N.key":"value", with a comma before. */
static void assay__word(assay__text *t, int call, const char *key, const char *value) {
    assay__put(t, ",\"%d.%s\":\"", call, key);
    for (; *value; value++)
        if (*value == '"' || *value == '\\') assay__put(t, "\\%c", *value);
        else if ((unsigned char)*value < 32 || (unsigned char)*value > 126) assay__put(t, "?");
        else assay__put(t, "%c", *value);
    assay__put(t, "\"");
}

/* The header's strings end in place with a zero. A cursor steps over them. */
static char *assay__skip(char *p, const char *set) { return p + strspn(p, set); }

static char *assay__string(char **p) {
    char *s = assay__skip(*p, " ,:{"), *to, *from;
    if (*s++ != '"') assay__die("a header that is no header");
    for (to = from = s; *from && *from != '"'; *to++ = *from++)
        if (*from == '\\') from++;
    if (!*from) assay__die("a string without an end");
    *p = from + 1;
    *to = 0;
    return s;
}

static int assay__list(char **p, size_t *list) {
    int n = 0;
    for (*p = assay__skip(*p, " :["); **p && **p != ']'; *p = assay__skip(*p, " ,")) {
        if (n == 8 || **p < '0' || **p > '9') assay__die("a list that is none");
        list[n++] = (size_t)strtoull(*p, p, 10);
    }
    ++*p;
    return n;
}

static size_t assay__width(const char *dtype) {
    if (strstr("F64 I64 U64", dtype)) return 8;
    return strstr("F32 I32", dtype) ? 4 : 2;
}

/* assay__lay gives a tensor its memory, with a zone on either side. */
static void assay__lay(assay_tensor *t, const unsigned char *sent) {
    t->width = assay__width(t->dtype), t->count = 1, t->sent = sent;
    for (int i = 0; i < t->rank; i++) t->count *= t->shape[i];
    size_t n = t->count * t->width, all = n + 2 * ASSAY__ZONE;
    t->block = (unsigned char *)assay__room(NULL, all);
    for (size_t i = 0; i < all; i += 8) memcpy(t->block + i, t->fill, all - i < 8 ? all - i : 8);
    t->data = t->block + ASSAY__ZONE;
    if (sent) memcpy(t->data, sent, n);
}

/* assay__spoilt says whether a kernel wrote where it must not. */
static int assay__spoilt(const assay_tensor *t, size_t from, size_t to) {
    for (size_t i = from; i < to; i++)
        if (t->block[i] != t->fill[i % 8]) return 1;
    return 0;
}

static assay_tensor *assay__add(assay_call *c, const char *name, const char *dtype) {
    if (c->count == 32) assay__die("more than 32 tensors in a call");
    assay_tensor *t = &c->tensors[c->count++];
    memset(t, 0, sizeof *t);
    t->name = name;
    for (int i = 0; i < 7 && dtype[i] > ' ' && dtype[i] != '['; i++) t->dtype[i] = (char)(dtype[i] >= 'a' ? dtype[i] - 32 : dtype[i]);
    memset(t->fill, 0xff, sizeof t->fill); /* NaN, or -1 */
    return t;
}

/* assay__scalar is an input of rank 0: "f32 0.5". */
static void assay__scalar(assay_call *c, const char *name, const char *spec) {
    assay_tensor *t = assay__add(c, name, spec);
    const char *digits = strchr(spec, ' ');
    unsigned char raw[8] = {0};
    double v = strtod(digits, NULL);
    float f = (float)v;
    uint64_t u = digits[1] == '-' ? (uint64_t)strtoll(digits, NULL, 10) : strtoull(digits, NULL, 10);
    if (!strcmp(t->dtype, "F64")) memcpy(raw, &v, 8);
    else if (!strcmp(t->dtype, "F32")) memcpy(raw, &f, 4);
    else memcpy(raw, &u, assay__width(t->dtype));
    assay__lay(t, raw);
    t->sent = NULL; /* it was here only */
}

/* assay__wanted is an output: "f32[2,130] 7fc0dead". */
static void assay__wanted(assay_call *c, const char *name, char *spec) {
    assay_tensor *t = assay__add(c, name, spec);
    char *p = strchr(spec, '[');
    t->rank = assay__list(&p, t->shape), t->out = 1;
    uint64_t fill = strtoull(p, NULL, 16);
    memcpy(t->fill, &fill, 8);
    for (size_t w = assay__width(t->dtype), i = w; i < 8; i++) t->fill[i] = t->fill[i % w];
    assay__lay(t, NULL);
}

/* assay__meta puts one word of the metadata where it belongs. */
static void assay__meta(assay_call **calls, int *count, const char **message, const char **request, char *key, char *value) {
    if (!strcmp(key, "message")) *message = value;
    if (!strcmp(key, "request")) *request = value;
    if (*key < '0' || *key > '9') return;
    int n = atoi(key);
    if (n < 0 || n > 4095) assay__die("a batch of more than 4096 calls");
    for (; *count <= n; ++*count) {
        *calls = (assay_call *)assay__room(*calls, sizeof **calls * (size_t)(*count + 1));
        memset(*calls + *count, 0, sizeof **calls);
    }
    assay_call *c = *calls + n;
    char *name = strchr(key, '.') + 1;
    if (!strcmp(name, "op")) c->op = value;
    else if (!strcmp(name, "dtype")) c->dtype = value;
    else if (!strncmp(name, "in.", 3)) assay__scalar(c, name + 3, value);
    else if (!strncmp(name, "out.", 4)) assay__wanted(c, name + 4, value);
    else if (!strncmp(name, "choice.", 7) && c->options < 8) c->option[c->options] = name + 7, c->chosen[c->options++] = value;
}

/* assay__check says what a kernel did that it must not, NULL for nothing. */
static const char *assay__check(assay_call *c) {
    static char text[128];
    for (int i = 0; i < c->count; i++) {
        const assay_tensor *t = &c->tensors[i];
        size_t end = ASSAY__ZONE + t->count * t->width;
        const char *what = NULL;
        if (t->sent && memcmp(t->data, t->sent, t->count * t->width)) what = "the input %s was written to";
        if (assay__spoilt(t, 0, ASSAY__ZONE)) what = "memory before the start of %s was written to";
        if (assay__spoilt(t, end, end + ASSAY__ZONE)) what = "memory past the end of %s was written to";
        if (what) return snprintf(text, sizeof text, what, t->name), text;
    }
    return NULL;
}

static int assay__run(assay_call *c, const assay_kernel *kernels, int count) {
    for (int i = 0; i < count; i++) {
        if (strcmp(kernels[i].op, c->op) || !strstr(kernels[i].dtypes, c->dtype)) continue;
        int status = kernels[i].run(c);
        const char *wrong = assay__check(c);
        if (wrong) return assay_fail(c, ASSAY_ERROR, wrong);
        if (status != ASSAY_OK) return status;
        for (int j = 0; j < c->count; j++)
            if (!c->tensors[j].out && !c->tensors[j].seen) return assay_fail(c, ASSAY_UNSUPPORTED, c->tensors[j].name);
        if (c->options_seen != (1 << c->options) - 1) return assay_fail(c, ASSAY_UNSUPPORTED, "an option that the kernel did not ask for");
        return ASSAY_OK;
    }
    return assay_fail(c, ASSAY_UNSUPPORTED, "no such kernel");
}

/* assay__send writes a frame: its metadata, and the outputs of calls with status ok. */
static void assay__send(int fd, assay__text *meta, assay_call *calls, const int *status, int count) {
    assay__text head = {NULL, 0, 0};
    size_t at = 0;
    for (int i = 0; i < 24; i++) assay__put(&head, " ");
    assay__put(&head, "{\"__metadata__\":{%s}", meta->at);
    for (int pass = 0; pass < 2; pass++) { /* names, then data */
        for (int n = 0; n < count; n++)
            for (int i = 0; status[n] == ASSAY_OK && i < calls[n].count; i++) {
                assay_tensor *t = &calls[n].tensors[i];
                size_t bytes = t->count * t->width;
                if (!t->out) continue;
                if (pass) {
                    if (!assay__move(fd, t->data, bytes, 1)) exit(0);
                    continue;
                }
                assay__put(&head, ",\"%d.%s\":{\"dtype\":\"%s\",\"shape\":[", n, t->name, t->dtype);
                for (int j = 0; j < t->rank; j++) assay__put(&head, j ? ",%zu" : "%zu", t->shape[j]);
                assay__put(&head, "],\"data_offsets\":[%zu,%zu]}", at, at + bytes);
                at += bytes;
            }
        if (pass) continue;
        assay__put(&head, "}");
        uint32_t version = 1;
        uint64_t length = head.n - 16 + at, header = head.n - 24;
        memcpy(head.at, "ASSY", 4), memcpy(head.at + 4, &version, 4), memcpy(head.at + 8, &length, 8), memcpy(head.at + 16, &header, 8);
        if (!assay__move(fd, head.at, head.n, 1)) exit(0);
    }
    free(head.at);
}

static void assay__hello(assay__text *meta, const assay_kernel *kernels, int count) {
#ifdef __cplusplus
    const char *language = "c++";
#else
    const char *language = "c";
#endif
    assay__put(meta, "\"message\":\"hello\",\"adapter\":\"%s\",\"probes\":\"fill,red-zones,inputs\"", language);
    for (int i = 0; i < count; i++)
        assay__put(meta, ",\"kernel.%s\":\"%s\",\"contract.%s\":\"%s\"", kernels[i].op, kernels[i].dtypes, kernels[i].op, kernels[i].contract ? kernels[i].contract : "");
}

static void assay__answer(assay__text *meta, const char *request, assay_call *calls, const int *status, int count) {
    static const char *words[] = {"ok", "reject", "unsupported", "error"};
    assay__put(meta, "\"message\":\"answer\",\"request\":\"%s\"", request);
    for (int n = 0; n < count; n++) {
        assay_call *c = &calls[n];
        char row[24];
        assay__word(meta, n, "status", words[status[n]]);
        if (status[n] == ASSAY_REJECT) {
            assay__word(meta, n, "arg", c->arg), assay__word(meta, n, "code", c->code);
            assay__word(meta, n, "value", c->value), assay__word(meta, n, "want", c->want);
            snprintf(row, sizeof row, "%ld", c->row), assay__word(meta, n, "row", row);
        } else if (status[n] != ASSAY_OK)
            assay__word(meta, n, "text", c->text);
    }
}

/* assay__read takes one frame apart: the metadata and the tensors of its calls. */
static int assay__read(char *text, unsigned char *data, size_t size, assay_call **calls, const char **message, const char **request) {
    int count = 0;
    char *p = assay__skip(text, "{ "), *key;
    for (; *p == '"' || *p == ','; p = assay__skip(p, "} ")) {
        char *name = assay__string(&p);
        if (!strcmp(name, "__metadata__")) {
            for (p = assay__skip(p, ": {"); *p == '"' || *p == ','; p = assay__skip(p, " ")) {
                key = assay__string(&p);
                assay__meta(calls, &count, message, request, key, assay__string(&p));
            }
            continue;
        }
        size_t shape[8] = {0}, at[8] = {0}, rank = 0;
        const char *dtype = "";
        for (int field = 0; field < 3; field++) {
            key = assay__string(&p);
            if (!strcmp(key, "dtype")) dtype = assay__string(&p);
            else if (!strcmp(key, "shape")) rank = (size_t)assay__list(&p, shape);
            else assay__list(&p, at);
        }
        int n = atoi(name);
        if (n < 0 || n >= count || at[1] > size || at[0] > at[1] || !strchr(name, '.')) assay__die("a tensor of no call");
        assay_tensor *t = assay__add(*calls + n, strchr(name, '.') + 1, dtype);
        t->rank = (int)rank, memcpy(t->shape, shape, sizeof shape);
        assay__lay(t, data + at[0]);
    }
    return count;
}

/* assay_serve answers the host's requests until it has no more: return it from main. */
static int assay_serve(const assay_kernel *kernels, int kernel_count) {
    int in = assay__fd("ASSAY_IN_FD", 0), out = assay__fd("ASSAY_OUT_FD", 1);
    unsigned char head[16];
    while (assay__move(in, head, 16, 0)) {
        uint64_t length, header;
        memcpy(&length, head + 8, 8);
        if (memcmp(head, "ASSY\1\0\0", 8) || length < 8 || length > ASSAY__LIMIT) assay__die("not a frame of version 1");
        unsigned char *frame = (unsigned char *)assay__room(NULL, (size_t)length);
        if (!assay__move(in, frame, (size_t)length, 0)) assay__die("the stream ended within a frame");
        memcpy(&header, frame, 8);
        if (header > length - 8) assay__die("a header longer than its frame");
        char *text = (char *)assay__room(NULL, (size_t)header + 1);
        memcpy(text, frame + 8, (size_t)header), text[header] = 0;
        const char *message = "", *request = "";
        assay_call *calls = NULL;
        int count = assay__read(text, frame + 8 + header, (size_t)(length - 8 - header), &calls, &message, &request);
        int *status = (int *)assay__room(NULL, sizeof *status * (size_t)count);
        assay__text meta = {NULL, 0, 0};
        if (!strcmp(message, "run")) {
            for (int n = 0; n < count; n++) status[n] = assay__run(&calls[n], kernels, kernel_count);
            assay__answer(&meta, request, calls, status, count);
        } else if (!strcmp(message, "hello"))
            assay__hello(&meta, kernels, kernel_count);
        else
            assay__put(&meta, "\"message\":\"unknown\"");
        assay__send(out, &meta, calls, status, count);
        for (int n = 0; n < count; n++)
            for (int i = 0; i < calls[n].count; i++) free(calls[n].tensors[i].block);
        free(calls), free(status), free(meta.at), free(text), free(frame);
    }
    return 0;
}
#endif
