// JSON text from a tree: compact for machines, indented for people.
#include "schemas/json.h"
#include "schemas/json_text.h"

#include <charconv>

namespace returns {

void AppendJsonString(std::string_view text, std::string& out) {
    static constexpr char kHex[] = "0123456789abcdef";
    out += '"';
    std::size_t copied = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
        out.append(text, copied, i - copied);
        copied = i + 1;
        out += '\\';
        switch (byte) {
            case '"':
                out += '"';
                break;
            case '\\':
                out += '\\';
                break;
            case '\n':
                out += 'n';
                break;
            case '\r':
                out += 'r';
                break;
            case '\t':
                out += 't';
                break;
            default:
                out += "u00";
                out += kHex[byte >> 4];
                out += kHex[byte & 15];
        }
    }
    out.append(text, copied, text.size() - copied);
    out += '"';
}

void AppendJsonInt(std::int64_t value, std::string& out) {
    char digits[20];
    const auto written = std::to_chars(digits, digits + sizeof digits, value);
    out.append(digits, written.ptr);
}

void AppendJsonName(std::string_view name, std::string& out) {
    if (out.back() != '{') out += ',';
    out += '"';
    out += name;
    out += "\":";
}

namespace {

// indent < 0: compact.
void Break(int indent, std::string& out) {
    if (indent < 0) return;
    out += '\n';
    out.append(static_cast<std::size_t>(indent) * 2, ' ');
}

void Write(const Json& value, int indent, std::string& out) {
    const int inner = indent < 0 ? -1 : indent + 1;
    bool first = true;
    switch (value.kind()) {
        case Json::Kind::kNull:
            out += "null";
            break;
        case Json::Kind::kBool:
            out += value.AsBool() ? "true" : "false";
            break;
        case Json::Kind::kNumber:
            out += value.Literal();
            break;
        case Json::Kind::kString:
            AppendJsonString(value.AsString(), out);
            break;
        case Json::Kind::kArray:
            out += '[';
            for (const Json& item : value.Items()) {
                if (!first) out += ',';
                first = false;
                Break(inner, out);
                Write(item, inner, out);
            }
            if (!first) Break(indent, out);
            out += ']';
            break;
        case Json::Kind::kObject:
            out += '{';
            for (const auto& [name, member] : value.Members()) {
                if (!first) out += ',';
                first = false;
                Break(inner, out);
                AppendJsonString(name, out);
                out += indent < 0 ? ":" : ": ";
                Write(member, inner, out);
            }
            if (!first) Break(indent, out);
            out += '}';
            break;
    }
}

}  // namespace

void AppendJson(const Json& value, std::string& out) { Write(value, -1, out); }

std::string WriteJson(const Json& value) {
    std::string out;
    Write(value, -1, out);
    return out;
}

std::string WriteJsonPretty(const Json& value) {
    std::string out;
    Write(value, 0, out);
    out += '\n';
    return out;
}

}  // namespace returns
