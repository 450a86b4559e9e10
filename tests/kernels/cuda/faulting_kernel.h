#pragma once

namespace hearth::kernels::testing {

/// Runs a kernel that writes to an address that nothing is mapped at, and waits for it: the
/// process has lost the device then.
void writeToNowhere();

} // namespace hearth::kernels::testing
