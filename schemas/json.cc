// The tree, the reader and schema validation: the only file that sees RapidJSON. RapidJSON's own
// tree is not used for input: its reader drives a builder that refuses what the tree cannot hold.
#include "schemas/json.h"

#include "schemas/schema_lint.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>

// Without its own engine, which keeps state while matching, RapidJSON takes std::regex. (Asking
// for std::regex by its own macro turns patterns off altogether in 1.1.0.)
#define RAPIDJSON_SCHEMA_USE_INTERNALREGEX 0
#define RAPIDJSON_ASSERT(condition) CHECK(condition)
#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/schema.h>
#include <rapidjson/stringbuffer.h>

namespace returns {

namespace {

const Json kNull;
const std::string kNoText;

constexpr std::size_t kFewMembers = 12;  // up to here comparing all pairs is cheapest

template <class T>
std::optional<T> ReadNumber(std::string_view text) {
    T value{};
    const char* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, value);
    if (failure != std::errc() || stop != end) return std::nullopt;
    return value;
}

}  // namespace

Json Json::Bool(bool value) {
    Json json;
    json.kind_ = Kind::kBool;
    json.boolean_ = value;
    return json;
}

Json Json::Int(std::int64_t value) { return Number(std::to_string(value)); }

Json Json::Number(std::string literal) {
    Json json;
    json.kind_ = Kind::kNumber;
    json.text_ = std::move(literal);
    return json;
}

Json Json::String(std::string value) {
    Json json;
    json.kind_ = Kind::kString;
    json.text_ = std::move(value);
    return json;
}

Json Json::Array(std::vector<Json> items) {
    Json json;
    json.kind_ = Kind::kArray;
    json.items_ = std::move(items);
    return json;
}

Json Json::Object(std::vector<Member> members) {
    Json json;
    json.kind_ = Kind::kObject;
    json.members_ = std::move(members);
    return json;
}

Json Json::Array(std::initializer_list<Item> items) {
    std::vector<Json> moved;
    moved.reserve(items.size());
    for (const Item& item : items) moved.push_back(std::move(item.value));
    return Array(std::move(moved));
}

Json Json::Object(std::initializer_list<Field> members) {
    std::vector<Member> moved;
    moved.reserve(members.size());
    for (const Field& field : members) moved.emplace_back(field.name, std::move(field.value));
    return Object(std::move(moved));
}

const std::string& Json::AsString() const { return kind_ == Kind::kString ? text_ : kNoText; }

const std::string& Json::Literal() const { return kind_ == Kind::kNumber ? text_ : kNoText; }

Result<std::int64_t> Json::AsInt() const {
    if (kind_ == Kind::kNumber) {
        if (const auto value = ReadNumber<std::int64_t>(text_)) return *value;
    }
    return Invalid("expected a whole number within 64 bits");
}

const Json* Json::Find(std::string_view name) const {
    for (const Member& member : members_) {
        if (member.first == name) return &member.second;
    }
    return nullptr;
}

const Json& Json::operator[](std::string_view name) const {
    const Json* found = Find(name);
    return found == nullptr ? kNull : *found;
}

void Json::Set(std::string name, Json value) {
    if (kind_ == Kind::kNull) kind_ = Kind::kObject;
    CHECK(kind_ == Kind::kObject);
    for (Member& member : members_) {
        if (member.first == name) {
            member.second = std::move(value);
            return;
        }
    }
    members_.emplace_back(std::move(name), std::move(value));
}

Json Json::Take(std::string_view name) {
    for (Member& member : members_) {
        if (member.first == name) return std::exchange(member.second, Json());
    }
    return {};
}

void Json::Append(Json value) {
    if (kind_ == Kind::kNull) kind_ = Kind::kArray;
    CHECK(kind_ == Kind::kArray);
    items_.push_back(std::move(value));
}

namespace {

// Receives the reader's events. One stack holds finished values with their names; closing an array
// or object moves the last n of them into a vector of exactly that size.
class Builder {
public:
    using Ch = char;
    using Size = rapidjson::SizeType;

    explicit Builder(int depth_max) : depth_max_(depth_max) { stack_.reserve(32); }

    bool Null() { return Put(Json()); }
    bool Bool(bool value) { return Put(Json::Bool(value)); }
    // Never called: every number arrives as its text.
    bool Int(int) { return false; }
    bool Uint(unsigned) { return false; }
    bool Int64(std::int64_t) { return false; }
    bool Uint64(std::uint64_t) { return false; }
    bool Double(double) { return false; }
    bool RawNumber(const char* text, Size size, bool) {
        return Put(Json::Number(std::string(text, size)));
    }
    bool String(const char* text, Size size, bool) {
        return Sound(text, size) && Put(Json::String(std::string(text, size)));
    }
    bool Key(const char* text, Size size, bool) {
        if (!Sound(text, size)) return false;
        stack_.emplace_back(std::string(text, size), Json());
        named_ = true;
        return true;
    }
    bool StartObject() { return Open(); }
    bool StartArray() { return Open(); }
    bool EndObject(Size count) {
        --depth_;
        const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
        std::vector<Json::Member> members(std::make_move_iterator(first),
                                          std::make_move_iterator(stack_.end()));
        stack_.erase(first, stack_.end());
        return Unique(members) && Close(Json::Object(std::move(members)));
    }
    bool EndArray(Size count) {
        --depth_;
        const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
        std::vector<Json> items;
        items.reserve(count);
        for (auto at = first; at != stack_.end(); ++at) items.push_back(std::move(at->second));
        stack_.erase(first, stack_.end());
        return Close(Json::Array(std::move(items)));
    }

    const Error& refusal() const { return refusal_; }
    Json Take() { return std::move(stack_.front().second); }

private:
    bool Refuse(Code code, std::string text) {
        refusal_ = Error{code, std::move(text)};
        return false;
    }

    // The object's name, if it has one, was pushed before it and is remembered across its members.
    bool Open() {
        if (depth_ >= depth_max_) {
            return Refuse(Code::kLimit, "nested deeper than " + std::to_string(depth_max_));
        }
        ++depth_;
        opened_named_.push_back(named_);
        named_ = false;
        return true;
    }

    bool Close(Json value) {
        named_ = opened_named_.back();
        opened_named_.pop_back();
        return Put(std::move(value));
    }

    bool Put(Json value) {
        if (named_) {
            stack_.back().second = std::move(value);
            named_ = false;
        } else {
            stack_.emplace_back(std::string(), std::move(value));
        }
        return true;
    }

    // Raw bytes were validated by the reader; escapes can still make a NUL or half a surrogate.
    bool Sound(const char* text, Size size) {
        if (std::memchr(text, 0, size) != nullptr) {
            return Refuse(Code::kInvalid, "a NUL character in a string");
        }
        const char* end = text + size;
        while (const void* hit = std::memchr(text, 0xED, static_cast<std::size_t>(end - text))) {
            text = static_cast<const char*>(hit) + 1;
            if (text != end && static_cast<unsigned char>(*text) >= 0xA0) {
                return Refuse(Code::kInvalid, "half a surrogate pair in a string");
            }
        }
        return true;
    }

    bool Unique(const std::vector<Json::Member>& members) {
        if (members.size() <= kFewMembers) {
            for (std::size_t i = 1; i < members.size(); ++i) {
                for (std::size_t j = 0; j < i; ++j) {
                    if (members[i].first == members[j].first) {
                        return Refuse(Code::kInvalid,
                                      "the member '" + members[i].first + "' stands twice");
                    }
                }
            }
            return true;
        }
        std::vector<std::string_view> names;
        names.reserve(members.size());
        for (const auto& member : members) names.emplace_back(member.first);
        std::sort(names.begin(), names.end());
        const auto hit = std::adjacent_find(names.begin(), names.end());
        if (hit == names.end()) return true;
        return Refuse(Code::kInvalid, "the member '" + std::string(*hit) + "' stands twice");
    }

    const int depth_max_;
    int depth_ = 0;
    bool named_ = false;
    std::vector<bool> opened_named_;
    std::vector<Json::Member> stack_;
    Error refusal_{Code::kInvalid, ""};
};

Error ReadingJson(Code code, std::string_view what, std::size_t offset) {
    return Error{code, "reading JSON: " + std::string(what) + " at byte " + std::to_string(offset)};
}

}  // namespace

Result<Json> ParseJson(std::string_view text, const JsonLimits& limits) {
    if (text.size() > limits.bytes_max) {
        return Error{Code::kLimit, "reading JSON: " + std::to_string(text.size()) +
                                       " bytes, at most " + std::to_string(limits.bytes_max) +
                                       " are allowed"};
    }
    if (text.substr(0, 3) == "\xEF\xBB\xBF") {
        return ReadingJson(Code::kInvalid, "a byte-order mark", 0);
    }
    // RapidJSON takes a NUL for the end of the text and would ignore what follows.
    const std::size_t nul = text.find('\0');
    if (nul != std::string_view::npos) return ReadingJson(Code::kInvalid, "a NUL byte", nul);

    constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                                rapidjson::kParseValidateEncodingFlag |
                                rapidjson::kParseNumbersAsStringsFlag;
    rapidjson::MemoryStream stream(text.data(), text.size());
    rapidjson::Reader reader;
    Builder builder(limits.depth_max);
    const rapidjson::ParseResult parsed = reader.Parse<kFlags>(stream, builder);
    if (!parsed.IsError()) return builder.Take();
    if (parsed.Code() == rapidjson::kParseErrorTermination) {
        return ReadingJson(builder.refusal().code, builder.refusal().text, parsed.Offset());
    }
    return ReadingJson(Code::kInvalid, rapidjson::GetParseError_En(parsed.Code()), parsed.Offset());
}

struct JsonSchema::Compiled {
    explicit Compiled(const rapidjson::Document& document) : schema(document) {}
    const rapidjson::SchemaDocument schema;
};

JsonSchema::JsonSchema(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
JsonSchema::JsonSchema(JsonSchema&&) noexcept = default;
JsonSchema& JsonSchema::operator=(JsonSchema&&) noexcept = default;
JsonSchema::~JsonSchema() = default;

Result<JsonSchema> JsonSchema::Load(std::string_view schema_text) {
    ASSIGN_OR_RETURN(const Json tree, ParseJson(schema_text));
    RETURN_IF_ERROR(LintSchema(tree));
    rapidjson::Document document;
    document.Parse(schema_text.data(), schema_text.size());
    CHECK(!document.HasParseError());
    return JsonSchema(std::make_unique<Compiled>(document));
}

namespace {

using Validator = rapidjson::SchemaValidator;
using rapidjson::SizeType;

bool FeedNumber(const std::string& literal, Validator& to) {
    if (const auto whole = ReadNumber<std::int64_t>(literal)) return to.Int64(*whole);
    if (const auto whole = ReadNumber<std::uint64_t>(literal)) return to.Uint64(*whole);
    // Schemas compare sizes only; what is beyond a double reads as the largest one.
    const auto real = ReadNumber<double>(literal);
    const double edge = std::numeric_limits<double>::max();
    return to.Double(real ? *real : (literal.front() == '-' ? -edge : edge));
}

bool Feed(const Json& value, Validator& to) {
    switch (value.kind()) {
        case Json::Kind::kNull:
            return to.Null();
        case Json::Kind::kBool:
            return to.Bool(value.AsBool());
        case Json::Kind::kNumber:
            return FeedNumber(value.Literal(), to);
        case Json::Kind::kString: {
            const std::string& text = value.AsString();
            return to.String(text.data(), static_cast<SizeType>(text.size()), true);
        }
        case Json::Kind::kArray:
            if (!to.StartArray()) return false;
            for (const Json& item : value.Items()) {
                if (!Feed(item, to)) return false;
            }
            return to.EndArray(static_cast<SizeType>(value.Items().size()));
        case Json::Kind::kObject:
            if (!to.StartObject()) return false;
            for (const auto& [name, member] : value.Members()) {
                if (!to.Key(name.data(), static_cast<SizeType>(name.size()), true)) return false;
                if (!Feed(member, to)) return false;
            }
            return to.EndObject(static_cast<SizeType>(value.Members().size()));
    }
    return false;
}

}  // namespace

Status JsonSchema::Validate(const Json& value) const {
    Validator validator(compiled_->schema);
    if (Feed(value, validator) && validator.IsValid()) return {};
    rapidjson::StringBuffer place;
    validator.GetInvalidDocumentPointer().Stringify(place);
    const char* keyword = validator.GetInvalidSchemaKeyword();
    return Invalid("checking against the schema: '" + std::string(place.GetString()) +
                   "' does not meet '" + (keyword == nullptr ? "" : keyword) + "'");
}

}  // namespace returns
