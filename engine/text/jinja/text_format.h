#pragma once

#include "text/jinja/value.h"

namespace hearth::jinja {

class Interpreter;

/// Python's format % arguments: %s %r %d %i %u %f %F %e %E %g %G %x %X %o %c %% with flags, width,
/// precision and %(name)s. A tuple gives several arguments, a dict named ones.
[[nodiscard]] Value percentFormatted(Interpreter& interpreter, const Text& format,
                                     const Value& arguments);

/// Python's format.format(…): {}, {0}, {name}, {0.attribute[key]}, !s !r, and the format
/// specification [[fill]align][sign][#][0][width][,][.precision][type] of s, d, x, X, o, b, e, f,
/// g and %.
[[nodiscard]] Value braceFormatted(Interpreter& interpreter, const Text& format,
                                   const Arguments& arguments);

/// Python's '%.*f' % value: correctly rounded, half to even.
[[nodiscard]] std::string fixedDigits(double value, int digits);

} // namespace hearth::jinja
