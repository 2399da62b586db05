// JSON as we read and write it: a plain tree whose numbers keep their literal text, so that no
// amount ever passes through a double. The only file that sees RapidJSON is json.cc.
// Values; any thread.
#pragma once

#include "schemas/result.h"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace returns {

class Json {
public:
    enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };
    using Member = std::pair<std::string, Json>;

    Json() = default;
    static Json Bool(bool value);
    static Json Int(std::int64_t value);
    static Json Number(std::string literal);  // REQUIRES: a JSON number's text
    static Json String(std::string value);
    static Json Array(std::vector<Json> items = {});
    static Json Object(std::vector<Member> members = {});
    // Written out in braces, values are moved into their place and not copied level by level.
    struct Field;
    struct Item;
    static Json Array(std::initializer_list<Item> items);
    static Json Object(std::initializer_list<Field> members);

    Kind kind() const { return kind_; }
    bool IsNull() const { return kind_ == Kind::kNull; }
    bool IsObject() const { return kind_ == Kind::kObject; }
    bool IsArray() const { return kind_ == Kind::kArray; }
    bool IsString() const { return kind_ == Kind::kString; }
    bool IsNumber() const { return kind_ == Kind::kNumber; }
    bool IsBool() const { return kind_ == Kind::kBool; }

    // Readings that cannot fail: the wrong kind reads as empty (false, "", no items).
    bool AsBool() const { return kind_ == Kind::kBool && boolean_; }
    const std::string& AsString() const;  // a string's value
    const std::string& Literal() const;   // a number's text
    const std::vector<Json>& Items() const { return items_; }
    const std::vector<Member>& Members() const { return members_; }

    // A whole number within 64 bits; kInvalid for anything else, 1.0 and 1e3 included.
    Result<std::int64_t> AsInt() const;

    // The member of that name, or a null value; Find gives nullptr when it is absent.
    const Json& operator[](std::string_view name) const;
    const Json* Find(std::string_view name) const;

    void Set(std::string name, Json value);  // replaces or appends; makes a null an object
    void Append(Json value);                 // makes a null an array
    Json Take(std::string_view name);        // the member's value, moved out; null when absent

    // Object members compare in order: a tree equals what was read from its own text.
    friend bool operator==(const Json&, const Json&) = default;

private:
    Kind kind_ = Kind::kNull;
    bool boolean_ = false;
    std::string text_;
    std::vector<Json> items_;
    std::vector<Member> members_;
};

struct Json::Field {
    std::string name;
    mutable Json value;
};

struct Json::Item {
    Item(Json item) : value(std::move(item)) {}
    mutable Json value;
};

struct JsonLimits {
    std::size_t bytes_max = 1 << 20;
    int depth_max = 32;
};

// Reads one JSON text. Refused, with the byte offset: more than bytes_max bytes (kLimit), nesting
// beyond depth_max (kLimit), duplicate keys, a NUL byte or escape, bad UTF-8, a lone surrogate, a
// byte-order mark, a number beyond the range of a double, anything after the value.
Result<Json> ParseJson(std::string_view text, const JsonLimits& limits = {});

// Compact text. Members keep their order, so equal trees give equal bytes.
std::string WriteJson(const Json& value);
// The same, indented by two spaces, for people.
std::string WriteJsonPretty(const Json& value);

// A JSON Schema (the subset RapidJSON keeps: unknown keywords are refused at Load, not ignored).
// Validate is const and may be called from several threads.
class JsonSchema {
public:
    static Result<JsonSchema> Load(std::string_view schema_text);
    JsonSchema(JsonSchema&&) noexcept;
    JsonSchema& operator=(JsonSchema&&) noexcept;
    ~JsonSchema();

    // kInvalid names the first offending place as a JSON pointer and the keyword.
    Status Validate(const Json& value) const;

private:
    struct Compiled;
    explicit JsonSchema(std::unique_ptr<Compiled> compiled);
    std::unique_ptr<Compiled> compiled_;
};

}  // namespace returns
