#include "connectors/jq.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cmath>
#include <functional>
#include <map>
#include <unordered_map>

extern "C" {
#include <jq.h>
}

namespace returns::connectors {
namespace {

constexpr std::string_view kPrelude =
    "def lookup(t; k): t as $t | k as $k | if ($t | type) == \"object\" and ($k | type) == "
    "\"string\" and ($t | has($k)) then $t[$k] else null end;\n";
constexpr std::int64_t kWholeMax = std::int64_t{1} << 53;
constexpr int kInputDepthMax = 64;

jv TextOf(std::string_view text) {
    return jv_string_sized(text.data(), static_cast<int>(text.size()));
}

// Makes jq's values of ours. What comes again and again is kept in jq's form: the names of members,
// and the settings, which are the same from run to run.
class Writer {
public:
    Writer() = default;
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer() {
        for (const auto& [name, kept] : names_) jv_free(kept);
        jv_free(settings_);
    }

    // Invalid, without a message, where it is nested too deep.
    jv Write(const Json& value, int depth) {
        if (depth > kInputDepthMax) return jv_invalid();
        switch (value.kind()) {
            case Json::Kind::kNull:
                return jv_null();
            case Json::Kind::kBool:
                return jv_bool(value.AsBool() ? 1 : 0);
            case Json::Kind::kString:
                return TextOf(value.AsString());
            case Json::Kind::kNumber: {
                const Result<std::int64_t> whole = value.AsInt();
                if (whole.ok() && *whole >= -kWholeMax && *whole <= kWholeMax) {
                    return jv_number(static_cast<double>(*whole));
                }
                return TextOf(value.Literal());
            }
            case Json::Kind::kArray:
                return WriteArray(value, depth);
            case Json::Kind::kObject:
                break;
        }
        jv object = jv_object();
        for (const auto& [name, member] : value.Members()) {
            if (!Put(object, name, Write(member, depth + 1))) return jv_invalid();
        }
        return object;
    }

    jv Write(std::initializer_list<JqMember> members) {
        jv object = jv_object();
        for (const auto& [name, value] : members) {
            const bool settings = name == "settings";
            if (!Put(object, name, settings ? Settings(*value) : Write(*value, 1)))
                return jv_invalid();
        }
        return object;
    }

private:
    // False, with nothing left to free, when the value is invalid. Consumes it.
    bool Put(jv& object, std::string_view name, jv value) {
        if (!jv_is_valid(value)) {
            jv_free(value);
            jv_free(object);
            return false;
        }
        object = jv_object_set(object, Name(name), value);
        return true;
    }

    jv WriteArray(const Json& value, int depth) {
        jv array = jv_array_sized(static_cast<int>(value.Items().size()));
        for (const Json& item : value.Items()) {
            jv converted = Write(item, depth + 1);
            if (!jv_is_valid(converted)) {
                jv_free(array);
                return converted;
            }
            array = jv_array_append(array, converted);
        }
        return array;
    }

    jv Name(std::string_view name) {
        constexpr std::size_t kNamesMax = 512, kNameBytesMax = 64;
        const auto known = names_.find(name);
        if (known != names_.end()) return jv_copy(known->second);
        jv made = TextOf(name);
        if (names_.size() < kNamesMax && name.size() <= kNameBytesMax)
            names_.emplace(name, jv_copy(made));
        return made;
    }

    jv Settings(const Json& value) {
        if (jv_get_kind(settings_) == JV_KIND_INVALID || !(value == settings_from_)) {
            jv_free(settings_);
            settings_ = Write(value, 1);
            settings_from_ = value;
        }
        return jv_copy(settings_);
    }

    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    std::unordered_map<std::string, jv, Hash, std::equal_to<>> names_;
    Json settings_from_;
    jv settings_ = jv_invalid();
};

// Reads a mapping's value back, counting what it holds.
class Reader {
public:
    explicit Reader(const JqLimits& limits) : limits_(limits) {}

    Result<Json> Read(jv value, int depth) {  // consumes value
        if (++values_ > limits_.output_values_max || bytes_ > limits_.output_bytes_max ||
            depth > limits_.depth_max) {
            jv_free(value);
            return Error{Code::kLimit, "the result is too large or too deep"};
        }
        switch (jv_get_kind(value)) {
            case JV_KIND_ARRAY:
                return ReadArray(value, depth);
            case JV_KIND_OBJECT:
                return ReadObject(value, depth);
            case JV_KIND_NUMBER:
                return ReadNumber(value);
            case JV_KIND_STRING:
                return Json::String(Text(value));
            case JV_KIND_TRUE:
                return Json::Bool(true);
            case JV_KIND_FALSE:
                return Json::Bool(false);
            default:
                return Json();
        }
    }

private:
    std::string Text(jv value) {
        std::string text(jv_string_value(value),
                         static_cast<std::size_t>(jv_string_length_bytes(jv_copy(value))));
        jv_free(value);
        bytes_ += text.size();
        return text;
    }

    Result<Json> ReadNumber(jv value) {
        const double number = jv_number_value(value);
        jv_free(value);
        if (!(std::abs(number) <= static_cast<double>(kWholeMax)) || number != std::floor(number)) {
            return Invalid("a number that is not whole, or beyond 2^53; keep it as text");
        }
        return Json::Int(static_cast<std::int64_t>(number));
    }

    Result<Json> ReadArray(jv value, int depth) {
        std::vector<Json> items;
        const int count = jv_array_length(jv_copy(value));
        for (int i = 0; i < count; ++i) {
            Result<Json> item = Read(jv_array_get(jv_copy(value), i), depth + 1);
            if (!item.ok()) {
                jv_free(value);
                return item.error();
            }
            items.push_back(std::move(*item));
        }
        jv_free(value);
        return Json::Array(std::move(items));
    }

    Result<Json> ReadObject(jv value, int depth) {
        std::vector<Json::Member> members;
        for (int at = jv_object_iter(value); jv_object_iter_valid(value, at);
             at = jv_object_iter_next(value, at)) {
            std::string name = Text(jv_object_iter_key(value, at));
            Result<Json> member = Read(jv_object_iter_value(value, at), depth + 1);
            if (!member.ok()) {
                jv_free(value);
                return member.error();
            }
            members.emplace_back(std::move(name), std::move(*member));
        }
        jv_free(value);
        return Json::Object(std::move(members));
    }

    const JqLimits& limits_;
    std::size_t values_ = 0, bytes_ = 0;
};

// jq's messages quote what they choked on. Keeps the words and drops what is in quotes or
// parentheses, because that may be a customer's.
std::string WithoutValues(std::string_view message) {
    std::string out;
    int inside = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < message.size(); ++i) {
        const char c = message[i];
        if (quoted && c == '\\') {
            ++i;
        } else if (c == '"') {
            quoted = !quoted;
            if (quoted && inside == 0) out += "...";
        } else if (!quoted && c == '(') {
            ++inside;
        } else if (!quoted && c == ')' && inside > 0) {
            --inside;
        } else if (!quoted && inside == 0) {
            out += c;
        }
    }
    return out.substr(0, 200);
}

void KeepFirst(void* kept, jv message) {
    auto& first = *static_cast<std::string*>(kept);
    if (first.empty() && jv_get_kind(message) == JV_KIND_STRING) first = jv_string_value(message);
    jv_free(message);
}

}  // namespace

struct Jq::State {
    ~State() {
        if (jq != nullptr) jq_teardown(&jq);
    }

    // Where a mapping stands between Run and Halt. kHalting keeps Run from leaving, and so the
    // program from being started anew, while another thread is inside jq_halt.
    enum Phase : int { kIdle, kRunning, kHalting, kHalted };

    // False when the run was halted. Waits out a Halt that has begun: a few instructions.
    bool Leave() {
        while (true) {
            int seen = kRunning;
            if (phase.compare_exchange_strong(seen, kIdle)) return true;
            seen = kHalted;
            if (phase.compare_exchange_strong(seen, kIdle)) return false;
        }
    }

    jq_state* jq = nullptr;
    std::string text;  // of the whole program
    JqLimits limits;
    Writer writer;
    std::map<std::string, int, std::less<>> numbers;
    std::atomic<int> phase = kIdle;
    std::atomic<std::uint64_t> runs = 0;
};

Jq::Jq(std::unique_ptr<State> state) : state_(std::move(state)) {}
Jq::Jq(Jq&&) noexcept = default;
Jq& Jq::operator=(Jq&&) noexcept = default;
Jq::~Jq() = default;

namespace {

struct Program {
    std::string text;
    std::vector<int> first_lines;  // of each source, in the whole text
};

Program Assemble(const std::vector<JqSource>& sources) {
    Program program;
    program.text = kPrelude;
    std::string choice;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const std::string number = std::to_string(i);
        program.text += "def mapping_" + number + ": (\n";
        program.first_lines.push_back(
            static_cast<int>(std::count(program.text.begin(), program.text.end(), '\n')) + 1);
        program.text += sources[i].text + "\n);\n";
        choice += (i == 0 ? "if" : "elif") + std::string(" .[0] == ") + number +
                  " then (.[1] | mapping_" + number + ") ";
    }
    program.text += choice.empty() ? "empty" : choice + "else empty end";
    return program;
}

// "jq: error: foo/0 is not defined at <top-level>, line 12:" in the words of the one file.
std::string Locate(const std::string& message, const Program& program,
                   const std::vector<JqSource>& sources) {
    const std::size_t at = message.rfind(", line ");
    const std::string cause = WithoutValues(message.substr(0, message.find(" at <top-level>")));
    if (at == message.npos) return "compiling mappings: " + cause;
    int line = 0;
    for (std::size_t i = at + 7; i < message.size() && message[i] >= '0' && message[i] <= '9';
         ++i) {
        line = line * 10 + (message[i] - '0');
    }
    std::size_t file = 0;
    while (file + 1 < sources.size() && program.first_lines[file + 1] <= line) ++file;
    if (sources.empty()) return "compiling mappings: " + cause;
    return "compiling mapping " + sources[file].name + ": line " +
           std::to_string(std::max(1, line - program.first_lines[file] + 1)) + ": " + cause;
}

}  // namespace

Result<Jq> Jq::Compile(const std::vector<JqSource>& sources, const JqLimits& limits) {
    auto state = std::make_unique<State>();
    state->limits = limits;
    for (const JqSource& source : sources) {
        RETURN_IF_ERROR(CheckMapping(source, limits));
        state->numbers.emplace(source.name, static_cast<int>(state->numbers.size()));
    }
    state->jq = jq_init();
    if (state->jq == nullptr) return Error{Code::kInternal, "compiling mappings: out of memory"};
    const Program program = Assemble(sources);
    std::string complaint;
    jq_set_error_cb(state->jq, KeepFirst, &complaint);
    jq_set_attr(state->jq, jv_string("JQ_LIBRARY_PATH"), jv_array());
    const int compiled = jq_compile(state->jq, program.text.c_str());
    jq_set_error_cb(state->jq, nullptr, nullptr);
    if (compiled == 0) return Invalid(Locate(complaint, program, sources));
    state->text = program.text;
    return Jq(std::move(state));
}

Jq Jq::Twin() const {
    auto state = std::make_unique<State>();
    state->limits = state_->limits;
    state->numbers = state_->numbers;
    state->text = state_->text;
    state->jq = jq_init();
    CHECK(state->jq != nullptr);
    jq_set_attr(state->jq, jv_string("JQ_LIBRARY_PATH"), jv_array());
    CHECK(jq_compile(state->jq, state->text.c_str()) != 0);
    return Jq(std::move(state));
}

namespace {

// The message of an invalid value, without what it quotes; "" for one that carries none.
std::string Complaint(jv invalid) {  // consumes
    jv message = jv_invalid_get_msg(invalid);
    std::string text;
    if (jv_get_kind(message) == JV_KIND_STRING) text = WithoutValues(jv_string_value(message));
    if (text.empty() && jv_get_kind(message) != JV_KIND_NULL) text = "it raised an error";
    jv_free(message);
    return text;
}

// The only value the started program gives, else why not.
struct Output {
    jv value = jv_invalid();
    std::string failure;
};

Output TakeOnly(jq_state* jq) {
    jv value = jq_next(jq);
    if (!jv_is_valid(value)) {
        const std::string complaint = Complaint(value);
        return {jv_invalid(), complaint.empty() ? "it gave no value" : complaint};
    }
    jv next = jq_next(jq);
    std::string failure = "it gave more than one value";
    if (jv_is_valid(next)) {
        jv_free(next);
    } else {
        failure = Complaint(next);
    }
    if (failure.empty()) return {value, ""};
    jv_free(value);
    return {jv_invalid(), failure};
}

}  // namespace

Result<Json> Jq::Run(std::string_view mapping, const Json& input) {
    return Start(mapping, [&] { return state_->writer.Write(input, 0); });
}

Result<Json> Jq::Run(std::string_view mapping, std::initializer_list<JqMember> input) {
    return Start(mapping, [&] { return state_->writer.Write(input); });
}

template <class MakeInput>
Result<Json> Jq::Start(std::string_view mapping, const MakeInput& make_input) {
    const auto number = state_->numbers.find(mapping);
    CHECK(number != state_->numbers.end());
    const auto failed = [&](Code code, const std::string& why) {
        return Error{code, "running mapping " + std::string(mapping) + ": " + why};
    };
    jv converted = make_input();
    if (!jv_is_valid(converted)) {
        jv_free(converted);
        return failed(Code::kLimit, "its input is nested too deep");
    }
    jv pair = jv_array_append(jv_array(), jv_number(number->second));
    jq_start(state_->jq, jv_array_append(pair, converted), 0);
    ++state_->runs;
    state_->phase = State::kRunning;
    const Output output = TakeOnly(state_->jq);
    if (!state_->Leave()) {
        jv_free(output.value);
        return failed(Code::kLimit, "it took too long and was stopped");
    }
    if (!output.failure.empty()) return failed(Code::kInvalid, output.failure);
    Result<Json> read = Reader(state_->limits).Read(output.value, 0);
    if (!read.ok()) return failed(read.error().code, read.error().text);
    return read;
}

std::uint64_t Jq::Running() const {
    return state_->phase == State::kIdle ? 0 : state_->runs.load();
}

void Jq::Halt() {
    int running = State::kRunning;
    if (!state_->phase.compare_exchange_strong(running, State::kHalting)) return;
    jq_halt(state_->jq, jv_invalid(), jv_invalid());
    state_->phase = State::kHalted;
}

}  // namespace returns::connectors
