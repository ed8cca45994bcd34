/* A softmax in C, to be judged:  cc -O2 -o softmax softmax.c -lm && assay verify --exec ./softmax */
#include <math.h>

#include "assay_kernel.h"

/* y = exp((x - m) / T) / sum exp((x - m) / T), m the largest of the row. NaN or +Inf
 * in a row, or nothing but -Inf: no distribution, NaN. T = 0: all on the first of
 * the largest. */
static void row(float *y, const float *x, size_t n, float T) {
    size_t best = 0;
    int nan = 0;
    for (size_t i = 0; i < n; i++) {
        nan |= isnan(x[i]);
        if (x[i] > x[best]) best = i;
    }
    float m = x[best], sum = 0;
    if (nan || isinf(m)) {
        for (size_t i = 0; i < n; i++) y[i] = NAN;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (T == 0) y[i] = i == best;
        else y[i] = isinf(x[i]) ? 0 : expf((x[i] - m) / T); /* masked whatever T is */
        sum += y[i];
    }
    for (size_t i = 0; i < n; i++) y[i] /= sum;
}

static int softmax(assay_call *c) {
    const assay_tensor *x = assay_input(c, "x");
    assay_tensor *y = assay_output(c, "y");
    size_t rows = x->shape[0], vocab = x->shape[1];
    for (size_t r = 0; r < rows; r++) {
        double T = assay_number(c, "temperature", r, 1);
        if (isnan(T)) return assay_reject(c, "temperature", "temperature_nan", T, "a number >= 0", (long)r);
        if (T < 0) return assay_reject(c, "temperature", "temperature_negative", T, "a number >= 0", (long)r);
    }
    for (size_t r = 0; r < rows && vocab > 0; r++)
        row((float *)y->data + r * vocab, (const float *)x->data + r * vocab, vocab, (float)assay_number(c, "temperature", r, 1));
    return ASSAY_OK;
}

int main(void) {
    static const assay_kernel kernels[] = {{"softmax", "f32", "", softmax}};
    return assay_serve(kernels, 1);
}
