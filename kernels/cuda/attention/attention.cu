#include "cuda/attention/attention.h"

#include "cuda/attention/row_problem.cuh"

namespace hearth::kernels::cuda {

AttentionProblem makeProblem(const AttentionContext& context, const AttentionParameters& parameters,
                             const DeviceRows& queries, const DeviceRows& out) {
    AttentionProblem problem;
    problem.step = context.step;
    problem.tables = context.tables;
    problem.cache = context.cache;
    problem.blockBytes = parameters.blockBytes;
    problem.keyRowBytes = parameters.keys.rowBytes;
    problem.valueRowBytes = parameters.values.rowBytes;
    problem.keyOffset = parameters.keys.dataOffset;
    problem.valueOffset = parameters.values.dataOffset;
    problem.keyParameterOffset = parameters.keys.parameterOffset;
    problem.valueParameterOffset = parameters.values.parameterOffset;
    problem.blockTokens = parameters.keys.blockTokens;
    problem.queries = queries.data;
    problem.queryStride = queries.stride;
    problem.queryType = queries.type;
    problem.out = out.data;
    problem.outStride = out.stride;
    problem.outType = out.type;
    problem.heads = parameters.heads;
    problem.group = parameters.heads / parameters.kvHeads;
    problem.keyWidth = parameters.keyWidth;
    problem.valueWidth = parameters.valueWidth;
    problem.scale = parameters.softcap > 0.0F ? parameters.scale : parameters.scale * kLog2e;
    problem.softcap = parameters.softcap;
    problem.window = parameters.window;
    problem.causal = parameters.causal;
    problem.alibi = parameters.alibi;
    problem.sinks = parameters.sinks;
    problem.positionBias = parameters.positionBias;
    problem.positionBiasReach = parameters.positionBiasReach;
    return problem;
}

Status prepareAttention() {
    HEARTH_CUDA_TRY(prepareTiles());
    return prepareLatent();
}

Status attend(const AttentionContext& context, const AttentionParameters& parameters,
              const DeviceRows& queries, const DeviceRows& out) {
    const AttentionProblem problem = makeProblem(context, parameters, queries, out);
    if (context.plan.tileCount > 0)
        HEARTH_CUDA_TRY(attendTiles(context, parameters, problem));
    if (context.plan.rowCount > 0)
        HEARTH_CUDA_TRY(attendRows(context, parameters, problem));
    return Status::Ok;
}

} // namespace hearth::kernels::cuda
