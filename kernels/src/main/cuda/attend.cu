// attendTime and attendVariates: one kernel for each precision and head width; attend.cuh says the rest.
#include "attend.cuh"

ATTEND(attend_f32_32, float, 32)
ATTEND(attend_f32_64, float, 64)
ATTEND(attend_f32_128, float, 128)
ATTEND(attend_bf16_32, bf16, 32)
ATTEND(attend_bf16_64, bf16, 64)
ATTEND(attend_bf16_128, bf16, 128)
