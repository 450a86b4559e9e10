#include "cuda/experts/experts.h"
#include "cuda/experts/route.h"
#include "cuda/runtime/program_compiler.h"

namespace hearth::kernels::cuda {

Status CompiledProgram::Compiler::append(const LinearOp& op) {
    const CudaMatrix* const weights = &matrix(op.weight);
    const float* const bias = vector(op.bias);
    const Operand in = readConverted(op.in);
    const Operand out = write(op.out, op.accumulate || op.in.value == op.out.value);
    const bool accumulate = op.accumulate;
    needScratch(multiplyScratchBytes(*weights, maxRows(rowsOf(op.in)), m_environment.compute,
                                     m_environment.limits.deterministic));
    add([=](const RunContext& context) {
        return multiply(context.multiply, *weights, context.view(in), context.view(out), bias,
                        accumulate, context.rows(in));
    });
    return Status::Ok;
}

Status CompiledProgram::Compiler::append(const HeadLinearOp& op) {
    const std::int32_t heads = op.out.heads.width / op.out.headWidth;
    GroupPlan plan(heads);
    for (std::int32_t h = 0; h < heads; ++h)
        plan.add(h, matrix(op.weight), std::int64_t{h} * op.out.width, op.out.width, nullptr);
    const std::vector<GroupClass> classes = plan.finish(m_out.m_groupEntries);
    const Operand in = readConverted(op.in.heads);
    const bool coversAll =
        op.out.width == op.out.headWidth && op.in.heads.value != op.out.heads.value;
    const Operand out = write(op.out.heads, !coversAll);
    add([=, from = op.in, to = op.out](const RunContext& context) {
        GroupedRows product;
        product.groups = heads;
        product.rows = context.rows(in);
        product.in = columnsOf(context.view(in), from.offset, from.width);
        product.inGroup = from.headWidth;
        product.out = columnsOf(context.view(out), to.offset, to.width);
        product.outGroup = to.headWidth;
        return launchGroups(context.groups(), classes, context.groupEntries, product);
    });
    return Status::Ok;
}

Status CompiledProgram::Compiler::append(const RouteOp& op) {
    RouteParameters parameters;
    parameters.score = op.score;
    parameters.choiceBias = vector(op.choiceBias);
    parameters.experts = op.logits.width;
    parameters.groups = op.groups;
    parameters.topGroups = op.topGroups;
    parameters.groupScore = op.groupScore;
    parameters.topK = op.topK;
    parameters.normalise = op.normalise;
    parameters.scale = op.scale;
    if (!routeSupported(parameters))
        return Status::Unsupported;
    const Operand logits = read(op.logits);
    const Operand out = write(op.out, op.logits.value == op.out.value);
    add([=](const RunContext& context) {
        return route(context.multiply.stream, parameters, context.view(logits), context.view(out),
                     context.rows(out));
    });
    return Status::Ok;
}

std::vector<GroupClass>
CompiledProgram::Compiler::planExperts(const std::vector<WeightId>& matrices,
                                       const std::vector<WeightId>& biases) {
    GroupPlan plan(static_cast<std::int32_t>(matrices.size()));
    for (std::size_t e = 0; e < matrices.size(); ++e) {
        const CudaMatrix& weights = matrix(matrices[e]);
        plan.add(static_cast<std::int32_t>(e), weights, 0, weights.rows(),
                 biases.empty() ? nullptr : vector(biases[e]));
    }
    return plan.finish(m_out.m_groupEntries);
}

Status CompiledProgram::Compiler::append(const ExpertsOp& op) {
    ExpertsParameters parameters;
    parameters.experts = static_cast<std::int32_t>(op.gateUp.size());
    parameters.topK = op.routes.width / 2;
    parameters.width = op.width;
    parameters.outWidth = op.out.width;
    parameters.activation = op.activation;
    parameters.accumulate = op.accumulate;
    if (!expertsSupported(parameters))
        return Status::Unsupported;
    parameters.gateUp = planExperts(op.gateUp, op.gateUpBias);
    parameters.down = planExperts(op.down, op.downBias);
    needScratch(expertsScratchBytes(parameters, maxRows(rowsOf(op.in)), m_environment.compute));
    const Operand in = readConverted(op.in);
    const Operand routes = read(op.routes);
    const Operand out = write(op.out, op.accumulate || op.out.value == op.in.value ||
                                          op.out.value == op.routes.value);
    add([=](const RunContext& context) {
        ExpertsContext experts;
        experts.groups = context.groups();
        experts.entries = context.groupEntries;
        experts.scratch = context.multiply.scratch;
        experts.scratchBytes = context.multiply.scratchBytes;
        experts.sequenceOf =
            in.place->rows == Rows::Tokens ? context.buffers.step().sequenceOf : nullptr;
        return runExperts(experts, parameters, context.view(in), context.view(routes),
                          context.view(out), context.rows(out));
    });
    return Status::Ok;
}

} // namespace hearth::kernels::cuda
