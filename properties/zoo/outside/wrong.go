package outside

import "slices"

// Wrong are kernels with one mistake each.
var Wrong = slices.Concat(
	wrongSoftmax, wrongLogs, wrongLosses, wrongGradients, wrongTokens,
	wrongInformation, wrongFilters, wrongSelection, wrongDraws, wrongEdits,
	wrongBeams, wrongAttention, wrongBayes, wrongRetrieval, wrongCalibration,
	wrongStatistics, wrongCounts,
)
