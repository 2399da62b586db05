#include "schemas/check.h"
#include "schemas/json_text.h"

namespace returns {

bool JsonCursor::Fail() {
    failed_ = true;
    at_ = text_.size();
    return false;
}

bool JsonCursor::Open(char bracket) {
    if (Peek() != bracket) return Fail();
    ++at_;
    fresh_ = true;
    return true;
}

// Behind a value of an object or array: true when another one follows.
bool JsonCursor::Continue(char closing) {
    const char next = Peek();
    const bool fresh = fresh_;
    fresh_ = false;
    if (next == closing) {
        ++at_;
        return false;
    }
    if (fresh) return next != '\0' || Fail();
    if (next != ',') return Fail();
    ++at_;
    return true;
}

bool JsonCursor::NextMember(std::string_view& name) {
    if (failed_ || !Continue('}')) return false;
    if (Peek() != '"') return Fail();
    const std::size_t end = text_.find('"', at_ + 1);
    if (end == std::string_view::npos || end + 1 >= text_.size() || text_[end + 1] != ':') {
        return Fail();
    }
    name = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 2;
    return true;
}

// The same for a name that may hold escapes.
bool JsonCursor::NextName(std::string& name) {
    if (failed_ || !Continue('}')) return false;
    if (!String(name)) return false;
    if (Peek() != ':') return Fail();
    ++at_;
    return true;
}

bool JsonCursor::NextItem() { return !failed_ && Continue(']'); }

bool JsonCursor::Escape(std::string& out) {
    const char kind = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    at_ += 2;
    switch (kind) {
        case '"':
        case '\\':
            out += kind;
            return true;
        case 'n':
            out += '\n';
            return true;
        case 'r':
            out += '\r';
            return true;
        case 't':
            out += '\t';
            return true;
        default:
            break;
    }
    if (kind != 'u' || at_ + 4 > text_.size()) return Fail();
    int value = 0;
    for (const char digit : text_.substr(at_, 4)) {
        const int low = digit >= '0' && digit <= '9'   ? digit - '0'
                        : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                                                       : 0x100;
        value = value * 16 + low;
    }
    if (value >= 0x20) return Fail();
    out += static_cast<char>(value);
    at_ += 4;
    return true;
}

bool JsonCursor::String(std::string& out) {
    out.clear();
    if (Peek() != '"') return Fail();
    ++at_;
    while (!failed_) {
        const std::size_t stop = text_.find_first_of("\"\\", at_);
        if (stop == std::string_view::npos) return Fail();
        out.append(text_, at_, stop - at_);
        at_ = stop;
        if (text_[stop] == '"') {
            ++at_;
            return true;
        }
        Escape(out);
    }
    return false;
}

std::string_view JsonCursor::Word() {
    const std::size_t start = at_;
    while (at_ < text_.size()) {
        const char c = text_[at_];
        const bool part = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' ||
                          c == '+' || c == '.' || c == 'E';
        if (!part) break;
        ++at_;
    }
    return text_.substr(start, at_ - start);
}

bool JsonCursor::SkipString() {
    for (++at_; at_ < text_.size(); ++at_) {
        if (text_[at_] == '\\') {
            ++at_;
        } else if (text_[at_] == '"') {
            ++at_;
            return true;
        }
    }
    return Fail();
}

std::string_view JsonCursor::Value() {
    const std::size_t start = at_;
    int depth = 0;
    do {
        const char c = Peek();
        if (c == '"') {
            if (!SkipString()) return {};
        } else if (c == '{' || c == '[') {
            ++depth;
            ++at_;
        } else if (c == '}' || c == ']') {
            --depth;
            ++at_;
        } else if (depth > 0 && (c == ',' || c == ':')) {
            ++at_;
        } else if (Word().empty()) {
            Fail();
            return {};
        }
    } while (depth > 0);
    if (depth < 0) {
        Fail();
        return {};
    }
    return text_.substr(start, at_ - start);
}

bool JsonCursor::Leaf(Json& out) {
    if (Peek() == '"') {
        std::string text;
        if (!String(text)) return false;
        out = Json::String(std::move(text));
        return true;
    }
    const std::string_view word = Word();
    if (word.empty()) return Fail();
    if (word == "null") {
        out = Json();
    } else if (word == "true" || word == "false") {
        out = Json::Bool(word == "true");
    } else if (word.front() == '-' || (word.front() >= '0' && word.front() <= '9')) {
        out = Json::Number(std::string(word));
    } else {
        return Fail();
    }
    return true;
}

bool JsonCursor::Tree(Json& out, int depth) {
    if (depth > kDepthMax) return Fail();
    if (Peek() == '[') {
        std::vector<Json> items;
        OpenArray();
        while (NextItem()) {
            if (!Tree(items.emplace_back(), depth + 1)) return false;
        }
        out = Json::Array(std::move(items));
        return !failed_;
    }
    if (Peek() != '{') return Leaf(out);
    std::vector<Json::Member> members;
    OpenObject();
    for (;;) {
        std::string name;
        if (!NextName(name)) break;
        if (!Tree(members.emplace_back(std::move(name), Json()).second, depth + 1)) return false;
    }
    out = Json::Object(std::move(members));
    return !failed_;
}

Json TreeOf(std::string_view text) {
    JsonCursor cursor(text);
    Json tree;
    CHECK(cursor.Tree(tree) && cursor.AtEnd());
    return tree;
}

}  // namespace returns
