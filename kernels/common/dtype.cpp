#include "hearth/kernels/dtype.h"

namespace hearth::kernels {

std::string_view name(DType type) {
    switch (type) {
    case DType::F32:
        return "F32";
    case DType::F16:
        return "F16";
    case DType::BF16:
        return "BF16";
    case DType::F64:
        return "F64";
    case DType::I8:
        return "I8";
    case DType::U8:
        return "U8";
    case DType::I16:
        return "I16";
    case DType::I32:
        return "I32";
    case DType::I64:
        return "I64";
    case DType::Bool:
        return "Bool";
    case DType::F8E4M3:
        return "F8E4M3";
    case DType::F8E5M2:
        return "F8E5M2";
    case DType::Q4_0:
        return "Q4_0";
    case DType::Q4_1:
        return "Q4_1";
    case DType::Q5_0:
        return "Q5_0";
    case DType::Q5_1:
        return "Q5_1";
    case DType::Q8_0:
        return "Q8_0";
    case DType::Q2_K:
        return "Q2_K";
    case DType::Q3_K:
        return "Q3_K";
    case DType::Q4_K:
        return "Q4_K";
    case DType::Q5_K:
        return "Q5_K";
    case DType::Q6_K:
        return "Q6_K";
    case DType::IQ4_NL:
        return "IQ4_NL";
    case DType::IQ4_XS:
        return "IQ4_XS";
    case DType::MXFP4:
        return "MXFP4";
    case DType::TQ1_0:
        return "TQ1_0";
    case DType::TQ2_0:
        return "TQ2_0";
    case DType::IQ1_S:
        return "IQ1_S";
    case DType::IQ1_M:
        return "IQ1_M";
    case DType::IQ2_XXS:
        return "IQ2_XXS";
    case DType::IQ2_XS:
        return "IQ2_XS";
    case DType::IQ2_S:
        return "IQ2_S";
    case DType::IQ3_XXS:
        return "IQ3_XXS";
    case DType::IQ3_S:
        return "IQ3_S";
    }
    return "?";
}

} // namespace hearth::kernels
