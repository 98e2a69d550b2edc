// The spellings that have a test of their own: what opcodes.inc lists, and nothing else.
#include <set>

#include "ptx.h"

namespace ptx {
namespace {
const std::set<std::string>& all() {
  static const std::set<std::string> names = {
#define ALU(opcode, ...) opcode,
#define OTHER(opcode, ...) opcode,
#include "opcodes.inc"
#undef ALU
#undef OTHER
  };
  return names;
}
}  // namespace
bool tested(const std::string& opcode) { return all().count(opcode) > 0; }
std::vector<std::string> testedOpcodes() { return {all().begin(), all().end()}; }
}  // namespace ptx
