// Mappings in the jq 1.6 language, run by libjq; the only code that sees it. All mappings of a
// connector are compiled into one program, because each program costs a copy of jq's own library.
//
// A mapping is a pure function of its input that ends: a check before compiling allows only the
// names listed in jq_check.cc, no assignment, no arithmetic beyond + and -, no recursion, and
// indices that are literals. What it may call beyond plain jq: lookup(table; key), which is
// null where the key is absent.
//
// Whole numbers within 2^53 are numbers in both directions; every other number goes in as its
// literal text, and a mapping that makes one is refused.
#pragma once

#include "schemas/json.h"
#include "schemas/result.h"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace returns::connectors {

struct JqSource {
    std::string name;  // the file's name, as errors give it
    std::string text;
};

// A member of a run's input. "settings" is expected to be the same from run to run.
struct JqMember {
    std::string_view name;
    const Json* value = nullptr;
};

struct JqLimits {
    std::size_t program_bytes_max = 64 * 1024;
    int depth_max = 32;  // of an output
    std::size_t output_bytes_max = 1 << 20;
    std::size_t output_values_max = 100'000;
};

// The allow-list check alone: the first offence with file and line.
Status CheckMapping(const JqSource& source, const JqLimits& limits = {});

// Run: one thread at a time. Running and Halt: any thread, any time.
class Jq {
public:
    static Result<Jq> Compile(const std::vector<JqSource>& sources, const JqLimits& limits = {});
    Jq Twin() const;  // the same program once more, for another thread
    Jq(Jq&&) noexcept;
    Jq& operator=(Jq&&) noexcept;
    ~Jq();

    // The one value the mapping makes of the input. kInvalid: it failed, or gave none or several
    // values (the text tells kinds and places, never values); kLimit: the result is too large, or
    // Halt was called.
    // REQUIRES: a mapping given to Compile.
    Result<Json> Run(std::string_view mapping, const Json& input);
    Result<Json> Run(std::string_view mapping, std::initializer_list<JqMember> input);

    // For a watchdog. The number of the run now going on, 0 for none; and the stop of that run.
    std::uint64_t Running() const;
    void Halt();

private:
    struct State;
    explicit Jq(std::unique_ptr<State> state);
    template <class MakeInput>
    Result<Json> Start(std::string_view mapping, const MakeInput& make_input);
    std::unique_ptr<State> state_;
};

}  // namespace returns::connectors
