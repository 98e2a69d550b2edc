// PTX text -> instructions with handlers, registers packed by liveness.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <set>

#include "ptx.h"

namespace ptx {
namespace {

std::string trim(const std::string& s) {
  size_t a = s.find_first_not_of(" \t\r\n"), b = s.find_last_not_of(" \t\r\n");
  return a == std::string::npos ? "" : s.substr(a, b - a + 1);
}

/// Splits at c, but not within brackets.
std::vector<std::string> split(const std::string& s, char c) {
  std::vector<std::string> parts;
  int depth = 0;
  std::string part;
  for (char x : s) {
    depth += (x == '{' || x == '[' || x == '(') - (x == '}' || x == ']' || x == ')');
    if (x == c && depth == 0) {
      parts.push_back(trim(part));
      part.clear();
    } else {
      part += x;
    }
  }
  if (!trim(part).empty()) parts.push_back(trim(part));
  return parts;
}

u32 typeSize(const std::string& t) {
  static const std::map<std::string, u32> sizes = {
      {"b8", 1}, {"u8", 1}, {"s8", 1}, {"b16", 2}, {"u16", 2}, {"s16", 2}, {"b32", 4}, {"u32", 4}, {"s32", 4}, {"f32", 4},
      {"b64", 8}, {"u64", 8}, {"s64", 8}, {"f64", 8}};
  auto found = sizes.find(t);
  return found == sizes.end() ? 0 : found->second;
}

struct Register {
  bool predicate;
  u32 size;  // 4 or 8
  int number;
};

const char* const SPECIAL[] = {"%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z", "%ctaid.x", "%ctaid.y",
                               "%ctaid.z", "%nctaid.x", "%nctaid.y", "%nctaid.z", "%laneid"};
constexpr int SPECIALS = sizeof SPECIAL / sizeof *SPECIAL;
constexpr int CONSTANT = 1 << 24;  // numbers from here on are constants until registers are placed

struct Parser {
  Module& module;
  std::map<std::string, u64> moduleSymbols;
  Function* f = nullptr;
  std::map<std::string, Register> registers;
  std::vector<u32> sizes;  // of each register
  std::map<std::string, u64> symbols;
  std::vector<u64> dynamics;  // constants that stand for the dynamic shared array
  std::map<std::pair<u64, u32>, int> constantNumbers;
  std::vector<std::pair<u64, u32>> constants;
  std::map<std::string, int> labels;
  std::vector<std::pair<size_t, std::string>> jumps;
  int sourceLine = 0;
  static constexpr u64 DYNAMIC = 0xd1d1d1d1d1d1d1d1ull;

  [[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

  void begin(const std::string& name) {
    f = new Function;
    f->name = name;
    module.functions[name].reset(f);
    registers.clear();
    sizes.clear();
    symbols.clear();
    constantNumbers.clear();
    constants.clear();
    labels.clear();
    jumps.clear();
    sourceLine = 0;
    for (const char* special : SPECIAL) declare(special, 4, false);
  }

  void declare(const std::string& name, u32 size, bool predicate) {
    if (predicate) {
      registers[name] = {true, 0, (int)f->predicates++};
    } else {
      registers[name] = {false, size, (int)sizes.size()};
      sizes.push_back(size);
    }
  }

  int constant(u64 value, u32 size) {
    auto [at, added] = constantNumbers.insert({{value, size}, (int)constants.size()});
    if (added) constants.push_back({value, size});
    return CONSTANT + at->second;
  }

  /// The number of a register, or of a constant of this size.
  int operand(const std::string& s, u32 size, bool* wide = nullptr) {
    if (s[0] == '%') {
      auto r = registers.find(s);
      if (r == registers.end() || r->second.predicate) fail("register " + s);
      if (wide) *wide = r->second.size == 8;
      return r->second.number;
    }
    u64 value;
    if (s.size() > 2 && s[0] == '0' && strchr("fFdD", s[1])) {
      value = strtoull(s.c_str() + 2, nullptr, 16);
    } else if (isdigit(s[0]) || s[0] == '-') {
      value = s[0] == '-' ? (u64)strtoll(s.c_str(), nullptr, 0) : strtoull(s.c_str(), nullptr, 0);
    } else {
      auto own = symbols.find(s);
      auto shared = moduleSymbols.find(s);
      if (own == symbols.end() && shared == moduleSymbols.end()) fail("operand " + s);
      value = own == symbols.end() ? shared->second : own->second;
    }
    if (size < 8 && value != DYNAMIC) value = (u32)value;
    return constant(value, size < 8 ? 4 : 8);
  }

  int predicate(const std::string& s) {
    auto r = registers.find(s);
    if (r == registers.end() || !r->second.predicate) fail("predicate " + s);
    return r->second.number;
  }

  /// [base + offset]
  int address(const std::string& s, u32 size, s64& offset) {
    std::string inner = trim(s.substr(1, s.size() - 2));
    size_t plus = inner.find('+', 1);
    offset = plus == std::string::npos ? 0 : strtoll(inner.c_str() + plus + 1, nullptr, 0);
    return operand(trim(inner.substr(0, plus)), size);
  }

  std::vector<std::string> vector(const std::string& s) {
    return s[0] == '{' ? split(s.substr(1, s.size() - 2), ',') : std::vector<std::string>{s};
  }

  void instruction(std::string s, int line) {
    Inst i;
    i.line = sourceLine ? sourceLine : line;
    if (s[0] == '@') {
      size_t end = s.find_first_of(" \t");
      std::string p = s.substr(1, end - 1);
      i.negated = p[0] == '!';
      i.predicate = predicate(i.negated ? p.substr(1) : p);
      s = trim(s.substr(end));
    }
    size_t end = s.find_first_of(" \t");
    std::string opcode = s.substr(0, end);
    std::vector<std::string> a = split(end == std::string::npos ? "" : trim(s.substr(end)), ',');
    std::vector<std::string> parts = split(opcode, '.');
    const std::string& op = parts[0];
    if (!tested(opcode)) fail("opcode " + opcode + ", which has no test of its own (opcodes.inc)");
    static std::set<std::string> names;
    i.opcode = names.insert(opcode).first->c_str();
    auto has = [&](const char* part) { return std::find(parts.begin() + 1, parts.end(), part) != parts.end(); };
    u32 size = 0;
    for (const std::string& part : parts) size = typeSize(part) ? typeSize(part) : size;
    i.width = size;
    auto dest = [&](const std::string& d) {
      bool wide = false;
      if (i.dests >= 4) fail("too many destinations");
      i.d[i.dests] = d == "_" ? -1 : operand(d, 8, &wide);
      i.wide |= (u32)wide << i.dests++;
    };
    auto source = [&](const std::string& v, u32 width) {
      if (i.sources >= 10) fail("too many sources");
      i.s[i.sources++] = operand(v, width);
    };
    auto predicateSource = [&](const std::string& v) {
      bool negated = v[0] == '!';
      i.notted |= (u32)negated << i.sources;
      i.s[i.sources++] = predicate(negated ? v.substr(1) : v);
    };
    if (op == "bra") {
      i.kind = Kind::BRANCH;
      jumps.push_back({f->code.size(), a.at(0)});
    } else if (op == "ret") {
      i.kind = Kind::RETURN;
    } else if (op == "bar" && has("warp")) {
      i.kind = Kind::WARP_SYNC;
      source(a.at(0), 4);
      i.mask = 0;
    } else if (op == "bar") {
      if (a.size() != 1 || a[0] != "0") fail("barriers other than 0");
      i.kind = Kind::BARRIER;
    } else if (has("pred") && op != "vote") {  // and.pred, or.pred, xor.pred, not.pred, mov.pred
      i.d[i.dests++] = predicate(a.at(0));
      for (size_t k = 1; k < a.size(); k++) {
        if (isdigit(a[k][0]) || a[k][0] == '-') {
          i.mode = a[k] != "0";
          i.flag = true;
        } else {
          predicateSource(a[k]);
        }
      }
    } else if (op == "setp") {
      i.d[i.dests++] = predicate(a.at(0));
      source(a.at(1), size);
      source(a.at(2), size);
      if (a.size() > 3) predicateSource(a[3]);
    } else if (op == "selp") {
      dest(a.at(0));
      source(a.at(1), size);
      source(a.at(2), size);
      predicateSource(a.at(3));
    } else if (op == "vote") {
      i.kind = Kind::WARP_SYNC;
      i.d[i.dests++] = predicate(a.at(0));
      predicateSource(a.at(1));
      source(a.at(2), 4);
      i.mask = 1;
    } else if (op == "shfl") {
      i.kind = Kind::WARP_SYNC;
      std::vector<std::string> d = split(a.at(0), '|');
      dest(d[0]);
      if (d.size() > 1) i.d[i.dests++] = predicate(d[1]);
      for (size_t k = 1; k < 5; k++) source(a.at(k), 4);
      i.mask = 3;
    } else if (op == "ld" && has("param")) {
      std::string inner = trim(a.at(1).substr(1, a[1].size() - 2));
      size_t plus = inner.find('+');
      std::string name = trim(inner.substr(0, plus));
      auto p = std::find_if(f->parameters.begin(), f->parameters.end(), [&](const Parameter& q) { return q.name == name; });
      if (p == f->parameters.end()) fail("parameter " + name);
      i.offset = p->offset + (plus == std::string::npos ? 0 : atoi(inner.c_str() + plus + 1));
      for (const std::string& d : vector(a[0])) dest(d);
    } else if (op == "ld") {
      for (const std::string& d : vector(a.at(0))) dest(d);
      i.vector = i.dests;
      i.s[i.sources++] = address(a.at(1), has("shared") ? 4 : 8, i.offset);
      i.flag = has("shared") && a[1][1] == '%' && registers.at(trim(a[1].substr(1, a[1].find_first_of("+]") - 1))).size == 8;
    } else if (op == "st") {
      i.s[i.sources++] = address(a.at(0), has("shared") ? 4 : 8, i.offset);
      i.flag = has("shared") && a[0][1] == '%' && registers.at(trim(a[0].substr(1, a[0].find_first_of("+]") - 1))).size == 8;
      for (const std::string& v : vector(a.at(1))) {
        bool wide = false;
        i.s[i.sources] = operand(v, size, &wide);
        i.wide |= (u32)wide << i.sources++;
      }
      i.vector = i.sources - 1;
    } else if (op == "atom") {
      dest(a.at(0));
      i.s[i.sources++] = address(a.at(1), has("shared") ? 4 : 8, i.offset);
      source(a.at(2), size);
    } else if (op == "mma") {
      i.kind = Kind::WARP_SYNC;
      for (const std::string& d : vector(a.at(0))) dest(d);
      for (int k = 1; k < 4; k++)
        for (const std::string& v : vector(a.at(k))) source(v, 4);
    } else if (op == "ldmatrix") {
      i.kind = Kind::WARP_SYNC;
      for (const std::string& d : vector(a.at(0))) dest(d);
      i.s[i.sources++] = address(a.at(1), 4, i.offset);
      i.width = 4;
    } else if (op == "cp" && has("wait_group")) {
      i.mode = atoi(a.at(0).c_str());
    } else if (op == "cp" && has("commit_group")) {
    } else if (op == "cp") {
      i.s[i.sources++] = address(a.at(0), 4, i.offset);
      i.s[i.sources++] = address(a.at(1), 8, i.offset2);
      if (a.at(2) != "16") fail("cp.async of other than 16 bytes");
      source(a.size() > 3 ? a[3] : a[2], 4);
    } else if (op == "membar") {
    } else if (op == "mov" && a.at(0)[0] == '{') {
      for (const std::string& d : vector(a[0])) dest(d);
      source(a.at(1), size);
      i.mode = 2;
    } else if (op == "mov" && a.at(1)[0] == '{') {
      dest(a[0]);
      for (const std::string& v : vector(a[1])) source(v, size / 2);
      i.mode = 1;
    } else if (op == "cvt" || op == "cvta") {
      dest(a.at(0));
      u32 from = typeSize(parts.back());
      for (size_t k = 1; k < a.size(); k++) source(a[k], from);
    } else {  // destination, then sources of the type of the instruction; shifts count in 32 bits
      dest(a.at(0));
      bool widens = has("wide");
      for (size_t k = 1; k < a.size(); k++) {
        bool count = (op == "shl" || op == "shr" || op == "bfe") && k > 1;
        bool bits = op == "bfi" && k > 2;
        source(a[k], count || bits ? 4 : widens && k == 3 ? 2 * size : size);
      }
    }
    bool floating = has("f32") || has("f64");
    i.flops = floating ? op == "fma" ? 2 : op == "add" || op == "sub" || op == "mul" || op == "div" ? 1 : 0 : 0;
    i.run = bind(i, parts);
    bool control = i.kind == Kind::BRANCH || i.kind == Kind::RETURN || i.kind == Kind::BARRIER;
    if (!i.run && !control) fail("opcode " + opcode);
    f->code.push_back(i);
  }

  /// Registers that are never alive at the same time share a place: a warp's registers stay in the first-level cache.
  void finish() {
    f->code.push_back(Inst());
    f->code.back().kind = Kind::RETURN;
    f->code.back().opcode = "ret";
    for (auto& [at, label] : jumps) {
      auto target = labels.find(label);
      if (target == labels.end()) fail("label " + label);
      f->code[at].target = target->second;
    }
    f->dynamicStart = (f->staticShared + 127) & ~127u;
    place();
    std::vector<u32> starts;
    for (auto& [value, size] : constants) {
      starts.push_back(f->constants.size() * 4);
      u64 v = value == DYNAMIC ? f->dynamicStart : value;
      for (int lane = 0; lane < 32; lane++) {
        f->constants.push_back((u32)v);
        if (size == 8) f->constants.push_back((u32)(v >> 32));
      }
    }
    for (Inst& i : f->code)
      for (int k = 0; k < i.sources; k++)
        if (i.s[k] >= CONSTANT) i.s[k] = ~(int)starts[i.s[k] - CONSTANT];
    f = nullptr;
  }

  bool predicateOperand(const Inst& i, int k, bool dest) {
    std::string op(i.opcode);
    auto starts = [&](const char* prefix) { return op.compare(0, strlen(prefix), prefix) == 0; };
    if (starts("setp")) return dest || k == 2;
    if (starts("selp")) return !dest && k == 2;
    if (starts("vote")) return dest || k == 0;
    if (starts("shfl")) return dest && k == 1;
    return op.find(".pred") != std::string::npos;
  }

  void place() {
    size_t n = f->code.size(), count = sizes.size();
    std::vector<std::vector<int>> uses(n), defs(n);
    for (size_t at = 0; at < n; at++) {
      Inst& i = f->code[at];
      for (int k = 0; k < i.sources; k++)
        if (i.s[k] < CONSTANT && !predicateOperand(i, k, false)) uses[at].push_back(i.s[k]);
      for (int k = 0; k < i.dests; k++)
        if (i.d[k] >= 0 && !predicateOperand(i, k, true)) defs[at].push_back(i.d[k]);
    }
    // Liveness at the start of each instruction, backwards until nothing changes.
    size_t words = (count + 63) / 64;
    std::vector<u64> live(n * words, 0), now(words);
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t at = n; at-- > 0;) {
        Inst& i = f->code[at];
        std::fill(now.begin(), now.end(), 0);
        auto join = [&](size_t next) {
          for (size_t w = 0; w < words; w++) now[w] |= live[next * words + w];
        };
        bool ends = i.predicate < 0 && (i.kind == Kind::RETURN || i.kind == Kind::BRANCH);
        if (!ends && at + 1 < n) join(at + 1);
        if (i.kind == Kind::BRANCH) join(i.target);
        if (i.predicate < 0)
          for (int d : defs[at]) now[d / 64] &= ~(1ull << d % 64);
        for (int u : uses[at]) now[u / 64] |= 1ull << u % 64;
        for (size_t w = 0; w < words; w++)
          if (now[w] & ~live[at * words + w]) {
            live[at * words + w] |= now[w];
            changed = true;
          }
      }
    }
    std::vector<int> first(count, -1), last(count, -1);
    for (int r = 0; r < SPECIALS; r++) first[r] = 0, last[r] = (int)n;
    auto touch = [&](int r, int at) {
      first[r] = first[r] < 0 ? at : std::min(first[r], at);
      last[r] = std::max(last[r], at);
    };
    for (size_t at = 0; at < n; at++) {
      for (int u : uses[at]) touch(u, at);
      for (int d : defs[at]) touch(d, at);
      for (size_t w = 0; w < words; w++)
        for (u64 bits = live[at * words + w]; bits; bits &= bits - 1) touch(w * 64 + __builtin_ctzll(bits), at);
    }
    std::vector<int> order;
    for (size_t r = 0; r < count; r++)
      if (first[r] >= 0) order.push_back(r);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return first[a] < first[b]; });
    std::vector<int> place(count, 0);
    std::vector<std::pair<int, int>> free[2];  // by size: last use, place
    int used = 0;
    for (int r : order) {
      auto& pool = free[sizes[r] == 8];
      auto reusable = std::find_if(pool.begin(), pool.end(), [&](auto& p) { return p.first < first[r]; });
      if (reusable == pool.end()) {
        place[r] = used;
        used += 32 * sizes[r];
        pool.push_back({last[r], place[r]});
      } else {
        place[r] = reusable->second;
        reusable->first = last[r];
      }
    }
    f->registerBytes = used;
    for (size_t at = 0; at < n; at++) {
      Inst& i = f->code[at];
      for (int k = 0; k < i.sources; k++)
        if (i.s[k] < CONSTANT && !predicateOperand(i, k, false)) i.s[k] = place[i.s[k]];
      for (int k = 0; k < i.dests; k++)
        if (i.d[k] >= 0 && !predicateOperand(i, k, true)) i.d[k] = place[i.d[k]];
    }
  }

  void parameters(const std::string& list) {
    for (const std::string& declaration : split(list, ',')) {  // .param .u64 name, or .param .align 8 .b8 name[16]
      size_t space = declaration.find_last_of(" \t");
      std::string name = declaration.substr(space + 1);
      u32 size = 0, alignment = 0;
      for (const std::string& word : split(declaration, ' '))
        if (word.size() > 1 && word[0] == '.' && typeSize(word.substr(1))) size = alignment = typeSize(word.substr(1));
      size_t bracket = name.find('[');
      if (bracket != std::string::npos) {
        size *= atoi(name.c_str() + bracket + 1);
        name = name.substr(0, bracket);
        size_t align = declaration.find(".align");
        alignment = align == std::string::npos ? 1 : atoi(declaration.c_str() + align + 6);
      }
      if (!size) fail("parameter " + declaration);
      f->parameterBytes = (f->parameterBytes + alignment - 1) / alignment * alignment;
      f->parameters.push_back({name, size, f->parameterBytes});
      f->parameterBytes += size;
    }
  }

  void shared(const std::string& declaration) {  // .shared .align 4 .b8 name[n], .shared .f64 name, .extern .shared … name[]
    std::vector<std::string> words = split(declaration, ' ');
    std::string name = words.back();
    u32 size = 0, alignment = 0;
    for (size_t k = 0; k < words.size(); k++) {
      if (words[k][0] == '.' && typeSize(words[k].substr(1))) size = typeSize(words[k].substr(1));
      if (words[k] == ".align") alignment = atoi(words[k + 1].c_str());
    }
    size_t bracket = name.find('[');
    if (bracket != std::string::npos) {
      size *= atoi(name.c_str() + bracket + 1);
      name = name.substr(0, bracket);
    }
    if (size == 0) {
      (f ? symbols : moduleSymbols)[name] = DYNAMIC;
    } else if (f) {
      alignment = alignment ? alignment : size;
      f->staticShared = (f->staticShared + alignment - 1) / alignment * alignment;
      symbols[name] = f->staticShared;
      f->staticShared += size;
    } else {
      fail("static shared memory outside of a kernel");
    }
  }

  void statement(const std::string& s, int line) {
    if (s.compare(0, 4, ".reg") == 0) {
      std::vector<std::string> words = split(s, ' ');
      bool isPredicate = words[1] == ".pred";
      u32 size = typeSize(words[1].substr(1)) == 8 ? 8 : 4;
      for (const std::string& one : split(trim(s.substr(s.find('%'))), ',')) {
        size_t angle = one.find('<');
        if (angle == std::string::npos) {
          declare(one, size, isPredicate);
        } else {
          for (int k = 0; k < atoi(one.c_str() + angle + 1); k++)
            declare(one.substr(0, angle) + std::to_string(k), size, isPredicate);
        }
      }
    } else if (s[0] == '.' && s.find(".shared") != std::string::npos) {
      shared(s);
    } else if (s.compare(0, 7, ".pragma") == 0) {
    } else if (s[0] == '.') {
      fail("directive " + s);
    } else {
      instruction(s, line);
    }
  }
};

}  // namespace

std::unique_ptr<Module> load(const std::string& text) {
  auto module = std::make_unique<Module>();
  Parser parser{*module, {}, nullptr, {}, {}, {}, {}, {}, {}, {}, {}, 0};
  std::string t;
  for (size_t k = 0; k < text.size() && text[k]; k++) {  // without comments
    if (text.compare(k, 2, "//") == 0)
      while (k < text.size() && text[k] != '\n') k++;
    t += k < text.size() ? text[k] : '\n';
  }
  size_t p = 0;
  int line = 1, depth = 0;
  std::string statement;
  auto count = [&](size_t from, size_t to) { line += (int)std::count(t.begin() + from, t.begin() + to, '\n'); };
  try {
    for (;;) {
      size_t start = t.find_first_not_of(" \t\r\n", p);
      if (start == std::string::npos) break;
      count(p, start);
      p = start;
      if (t[p] == '{') {
        p++, depth++;
        continue;
      }
      if (t[p] == '}') {
        p++;
        if (--depth == 0 && parser.f) parser.finish();
        continue;
      }
      size_t eol = t.find('\n', p);
      std::string head = t.substr(p, eol - p);
      if (head.compare(0, 8, ".section") == 0) break;  // what follows is for debuggers
      if (head.compare(0, 5, ".loc ") == 0 || head.compare(0, 5, ".loc\t") == 0) {
        parser.sourceLine = atoi(head.c_str() + head.find_first_of(" \t", head.find_first_not_of(" \t", 4)));
        p = eol;
        continue;
      }
      if (!parser.f && (head.compare(0, 8, ".version") == 0 || head.compare(0, 7, ".target") == 0 ||
                        head.compare(0, 13, ".address_size") == 0 || head.compare(0, 5, ".file") == 0)) {
        if (head[1] == 'v') module->version = (int)(atof(head.c_str() + 8) * 10 + 0.5);
        p = eol;
        continue;
      }
      if (!parser.f && head.find(".entry") != std::string::npos) {
        size_t name = t.find(".entry", p) + 6, open = t.find('(', name), close = t.find(')', open), body = t.find('{', close);
        parser.begin(trim(t.substr(name, open - name)));
        std::string list = t.substr(open + 1, close - open - 1);
        std::replace(list.begin(), list.end(), '\t', ' ');
        parser.parameters(list);
        std::string directives = t.substr(close + 1, body - close - 1);
        size_t limit = directives.find(".maxntid");
        if (limit != std::string::npos) {
          u32 threads = 1;
          for (const std::string& one : split(directives.substr(limit + 8, directives.find('\n', limit) - limit - 8), ','))
            threads *= atoi(one.c_str());
          parser.f->maxThreads = threads;
        }
        count(p, body);
        p = body + 1;
        depth = 1;
        continue;
      }
      size_t end = p;
      while (end < t.size() && (isalnum(t[end]) || t[end] == '_' || t[end] == '$')) end++;
      if (parser.f && end > p && t[end] == ':') {
        parser.labels[t.substr(p, end - p)] = (int)parser.f->code.size();
        p = end + 1;
        continue;
      }
      end = t.find(';', p);
      if (end == std::string::npos) throw std::runtime_error("end of text");
      statement = trim(t.substr(p, end - p));
      std::replace_if(statement.begin(), statement.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
      if (!statement.empty()) parser.statement(statement, line);
      count(p, end);
      p = end + 1;
    }
  } catch (const std::exception& e) {
    throw std::runtime_error("PTX line " + std::to_string(line) + ": unsupported " + e.what() + " in \"" + statement + "\"");
  }
  return module;
}

}  // namespace ptx
