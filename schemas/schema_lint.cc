#include "schemas/schema_lint.h"

#include <algorithm>
#include <array>
#include <regex>

namespace returns {

namespace {

constexpr std::int64_t kPatternLengthMax = 1024;  // std::regex recurses once per character
constexpr int kSchemaDepthMax = 32;

constexpr std::array<std::string_view, 9> kAnnotations = {"$schema",  "$id",         "id",
                                                          "title",    "description", "default",
                                                          "examples", "$comment",    "definitions"};
constexpr std::array<std::string_view, 7> kTypes = {"null",   "boolean", "object", "array",
                                                    "string", "number",  "integer"};
constexpr std::array<std::string_view, 6> kCounts = {"minProperties", "maxProperties", "minItems",
                                                     "maxItems",      "minLength",     "maxLength"};

template <std::size_t n>
bool Among(const std::array<std::string_view, n>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

class Lint {
public:
    explicit Lint(const Json& root) : root_(root) {}

    Status Schema(const Json& schema, const std::string& at, int depth) const {
        if (!schema.IsObject()) return Refuse(at, "expected a schema object");
        if (depth > kSchemaDepthMax) return Refuse(at, "schemas nested too deep");
        if (const Json* reference = schema.Find("$ref")) {
            if (schema.Members().size() > 1) return Refuse(at, "members beside $ref are ignored");
            return Reference(*reference, at);
        }
        for (const auto& [name, value] : schema.Members()) {
            RETURN_IF_ERROR(Keyword(schema, name, value, at + "/" + name, depth));
        }
        return {};
    }

private:
    static Error Refuse(const std::string& at, std::string_view why) {
        return Invalid("reading JSON Schema: " + (at.empty() ? "/" : at) + ": " + std::string(why));
    }

    Status Reference(const Json& reference, const std::string& at) const {
        constexpr std::string_view kPrefix = "#/definitions/";
        const std::string& text = reference.AsString();
        if (!text.starts_with(kPrefix)) return Refuse(at, "$ref must start with #/definitions/");
        const std::string name = text.substr(kPrefix.size());
        const Json* target = root_["definitions"].Find(name);
        if (target == nullptr) return Refuse(at, "no definition named '" + name + "'");
        // A definition that is a reference itself could go in circles.
        if (target->Find("$ref") != nullptr) return Refuse(at, "a $ref to a $ref");
        return {};
    }

    Status Keyword(const Json& schema, const std::string& name, const Json& value,
                   const std::string& at, int depth) const {
        if (name == "definitions" || name == "properties") return Named(value, at, depth);
        if (Among(kAnnotations, name)) return {};
        if (name == "type") return Type(value, at);
        if (name == "enum") {
            const bool good = value.IsArray() && !value.Items().empty();
            return good ? Status() : Refuse(at, "expected a list of values");
        }
        if (name == "allOf" || name == "anyOf" || name == "oneOf") return Several(value, at, depth);
        if (name == "not") return Schema(value, at, depth + 1);
        if (name == "items") {
            return value.IsArray() ? Several(value, at, depth) : Schema(value, at, depth + 1);
        }
        if (name == "additionalProperties" || name == "additionalItems") {
            return value.IsBool() ? Status() : Schema(value, at, depth + 1);
        }
        if (name == "required") return Texts(value, at);
        if (name == "dependencies") return Dependencies(value, at, depth);
        if (name == "pattern") return Pattern(schema, value, at);
        return NumberKeyword(name, value, at);
    }

    static Status NumberKeyword(const std::string& name, const Json& value, const std::string& at) {
        const Result<std::int64_t> whole = value.AsInt();
        if (Among(kCounts, name)) {
            return whole.ok() && *whole >= 0 ? Status() : Refuse(at, "expected a count");
        }
        if (name == "multipleOf") {
            return whole.ok() && *whole > 0
                       ? Status()
                       : Refuse(at, "expected a whole number: fractions compare as doubles");
        }
        if (name == "minimum" || name == "maximum") {
            return value.IsNumber() ? Status() : Refuse(at, "expected a number");
        }
        if (name == "exclusiveMinimum" || name == "exclusiveMaximum" || name == "uniqueItems") {
            return value.IsBool() ? Status() : Refuse(at, "expected true or false (draft 4)");
        }
        return Refuse(at, "a keyword the validator would ignore");
    }

    Status Named(const Json& value, const std::string& at, int depth) const {
        if (!value.IsObject()) return Refuse(at, "expected an object of schemas");
        for (const auto& [name, schema] : value.Members()) {
            RETURN_IF_ERROR(Schema(schema, at + "/" + name, depth + 1));
        }
        return {};
    }

    Status Several(const Json& value, const std::string& at, int depth) const {
        if (!value.IsArray() || value.Items().empty()) return Refuse(at, "expected schemas");
        for (std::size_t i = 0; i < value.Items().size(); ++i) {
            RETURN_IF_ERROR(Schema(value.Items()[i], at + "/" + std::to_string(i), depth + 1));
        }
        return {};
    }

    Status Dependencies(const Json& value, const std::string& at, int depth) const {
        if (!value.IsObject()) return Refuse(at, "expected an object");
        for (const auto& [name, needs] : value.Members()) {
            const std::string inner = at + "/" + name;
            RETURN_IF_ERROR(needs.IsArray() ? Texts(needs, inner)
                                            : Schema(needs, inner, depth + 1));
        }
        return {};
    }

    static Status Texts(const Json& value, const std::string& at) {
        bool good = value.IsArray() && !value.Items().empty();
        for (const Json& item : value.Items()) good = good && item.IsString();
        return good ? Status() : Refuse(at, "expected a list of names");
    }

    static Status Type(const Json& value, const std::string& at) {
        bool good = value.IsString() || (value.IsArray() && !value.Items().empty());
        if (value.IsString()) good = Among(kTypes, value.AsString());
        for (const Json& item : value.Items()) good = good && Among(kTypes, item.AsString());
        return good ? Status() : Refuse(at, "expected a type name of JSON Schema");
    }

    static Status Pattern(const Json& schema, const Json& value, const std::string& at) {
        const Result<std::int64_t> length = schema["maxLength"].AsInt();
        if (!length.ok() || *length > kPatternLengthMax) {
            return Refuse(at, "a pattern needs a maxLength of at most 1024 beside it");
        }
        const std::string& text = value.AsString();
        const auto plain = [](char c) { return c >= 0x20 && c < 0x7F; };
        if (text.empty() || !std::all_of(text.begin(), text.end(), plain)) {
            return Refuse(at, "expected plain ASCII");
        }
        try {
            const std::regex compiled(text, std::regex_constants::ECMAScript);
        } catch (const std::regex_error&) {
            return Refuse(at, "not a pattern the validator can compile");
        }
        return {};
    }

    const Json& root_;
};

}  // namespace

Status LintSchema(const Json& schema) { return Lint(schema).Schema(schema, "", 0); }

}  // namespace returns
