#include "connectors/places.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace returns::connectors {
namespace {

// Walks a JSON text that parses, and follows the path through its objects.
class Walk {
public:
    Walk(std::string_view text, std::string_view path) : text_(text), path_(path) {}

    int Line() {
        Value(path_, true);
        return line_found_;
    }

private:
    char Peek() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0)
            line_ += text_[at_++] == '\n';
        return at_ < text_.size() ? text_[at_] : '\0';
    }

    std::string_view Text() {
        const std::size_t start = ++at_;
        while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
        const std::size_t end = std::min(at_, text_.size());
        ++at_;
        return text_.substr(start, end - start);
    }

    void Value(std::string_view rest, bool on_path) {
        const char c = Peek();
        if (c == '"') {
            Text();
        } else if (c == '{') {
            Object(rest, on_path);
        } else if (c == '[') {
            ++at_;
            while (at_ < text_.size() && Peek() != ']') {
                Value("", false);
                if (Peek() == ',') ++at_;
            }
            ++at_;
        } else {
            while (at_ < text_.size() &&
                   std::string_view(",]} \n\t\r").find(text_[at_]) == std::string_view::npos)
                ++at_;
        }
    }

    void Object(std::string_view rest, bool on_path) {
        ++at_;
        while (at_ < text_.size() && Peek() != '}') {
            if (Peek() != '"') return;
            const int line = line_;
            const std::string_view key = Text();
            const bool here = on_path && !key.empty() && rest.starts_with(key) &&
                              (rest.size() == key.size() || rest[key.size()] == '.');
            if (here) line_found_ = line;
            if (Peek() == ':') ++at_;
            Value(here ? rest.substr(std::min(rest.size(), key.size() + 1)) : "", here);
            if (Peek() == ',') ++at_;
        }
        ++at_;
    }

    std::string_view text_, path_;
    std::size_t at_ = 0;
    int line_ = 1;
    int line_found_ = 1;
};

std::size_t NumberAfter(std::string_view text, std::string_view words) {
    const std::size_t at = text.find(words);
    if (at == text.npos) return text.npos;
    std::size_t number = 0;
    bool any = false;
    for (std::size_t i = at + words.size(); i < text.size() && text[i] >= '0' && text[i] <= '9';
         ++i) {
        number = number * 10 + static_cast<std::size_t>(text[i] - '0');
        any = true;
    }
    return any ? number : text.npos;
}

// What stands first in quotes: the member an error is about.
std::string_view Quoted(std::string_view text) {
    const std::size_t open = text.find('\'');
    const std::size_t close = open == text.npos ? text.npos : text.find('\'', open + 1);
    return close == text.npos ? std::string_view() : text.substr(open + 1, close - open - 1);
}

int LineIn(const std::string& name, std::string_view text, std::string_view error) {
    if (const std::size_t line = NumberAfter(error, "line "); line != error.npos)
        return static_cast<int>(line);
    if (const std::size_t byte = NumberAfter(error, "at byte "); byte != error.npos)
        return LineOfByte(text, byte);
    const std::size_t at = error.find(name);
    std::string_view path = error.substr(at + name.size());
    path = path.substr(0, path.find(':'));
    if (path.starts_with('.')) path.remove_prefix(1);
    const std::string_view member = Quoted(error.substr(at + name.size()));
    const std::string whole = std::string(path) + (path.empty() ? "" : ".") + std::string(member);
    return LineOfPath(text, whole);
}

struct Remedy {
    std::string_view words, advice;
};
constexpr std::array<Remedy, 23> kRemedies = {{
    {"reading JSON", "mend the JSON there: often a comma, quote or bracket is missing just before"},
    {".jq: it is missing", "write that file, or take its name out of connector.json"},
    {"connector.json: it is missing",
     "a connector folder needs one; 'backhaul connector new "
     "KIND/NAME' makes a working folder to start from"},
    {"contract.json: it is missing",
     "describe there what you send and read; "
     "{\"about\": \"...\", \"operations\": {}} will do to begin with"},
    {"does not name it", "name the file in connector.json, or remove it"},
    {"is not described", "add it under 'operations' of contract.json; {} will do to begin with"},
    {"is no operation of", "remove it from contract.json, or add it to connector.json"},
    {"calls itself", "a mapping must end: go through lists with map(...) instead"},
    {"an index must be a literal", "write .name or .[\"name\"]; for tables lookup(table; key)"},
    {"is not allowed", "a mapping may use only what connectors/README.md lists under Mappings"},
    {"compiling mapping", "mend the jq there; the line is that of the file"},
    {"checking mapping", "mend the jq there"},
    {"is not a setting marked secret", "declare it under 'settings' with \"secret\": true"},
    {"is not a type others may send", "the types are listed in schemas/vocabulary.h"},
    {"did you mean", "change the word, or remove it"},
    {"no case encodes", "add a case with \"encode\" to a file in fixtures/"},
    {"no case decodes", "add a case with \"decode\" and a good answer to a file in fixtures/"},
    {"no case reads a callback", "add a case with \"callback\" to a file in fixtures/"},
    {"a signature made elsewhere",
     "add a callback whose 'headers' carry a signature you did not "
     "make here: one the partner sent, or one of their documentation"},
    {"the mapping must give a list", "put the events into [ ]"},
    {"must be one of", "write one of these words"},
    {"' is missing", "add it, or mend its name; connectors/README.md has the table of keys"},
    {"an answer that says nothing",
     "let the reply mapping fail where the answer lacks what it must have: error(\"no id\")"},
}};

}  // namespace

int LineOfPath(std::string_view json_text, std::string_view path) {
    return Walk(json_text, path).Line();
}

int LineOfByte(std::string_view text, std::size_t offset) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text.size()));
    return 1 + static_cast<int>(std::count(text.begin(), end, '\n'));
}

std::string PlaceOf(const Connector::Files& files, std::string_view error) {
    std::string best;
    for (const auto& [name, text] : files)
        if (error.find(name) != error.npos && name.size() > best.size()) best = name;
    if (best.empty()) return "";
    return best + ":" + std::to_string(LineIn(best, files.at(best), error));
}

std::string WhatToDo(std::string_view error) {
    for (const Remedy& remedy : kRemedies)
        if (error.find(remedy.words) != error.npos) return std::string(remedy.advice);
    return "";
}

}  // namespace returns::connectors
