package outside

import "slices"

// Right are kernels that do what the operations ask for, within what they
// declare: fifty, each going about it another way.
var Right = slices.Concat(
	rightSoftmax, rightLoss, rightTokens, rightEntropy, rightDivergence,
	rightSelect, rightNucleus, rightSample, rightSampler, rightBeam,
	rightAttention, rightBayes, rightRank, rightCalibration, rightEstimate,
)
