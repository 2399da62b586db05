// JSON text piece by piece, without a tree: for the forms the store writes and reads with every
// event. Pure; any thread.
#pragma once

#include "schemas/json.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace returns {

// Append to `out` what WriteJson gives for the same value.
void AppendJson(const Json& value, std::string& out);
void AppendJsonString(std::string_view text, std::string& out);  // in quotes
void AppendJsonInt(std::int64_t value, std::string& out);
// A comma where one is due, and `"name":`. Names are ours: nothing in them needs an escape.
void AppendJsonName(std::string_view name, std::string& out);

// Walks over text that WriteJson or the above have written. Anything else is refused rather than
// understood: space between values, escapes nobody here writes. After a refusal the cursor is
// spent. The text must outlive it.
class JsonCursor {
public:
    explicit JsonCursor(std::string_view text) : text_(text) {}

    bool AtEnd() const { return at_ == text_.size(); }
    char Peek() const { return AtEnd() ? '\0' : text_[at_]; }

    // {"name":value,...} and [value,...]: after Open, as long as Next gives true a value stands
    // there and must be read. With a name for objects, which holds no escape.
    bool OpenObject() { return Open('{'); }
    bool OpenArray() { return Open('['); }
    bool NextMember(std::string_view& name);
    bool NextItem();
    // Whether what Next left was the end of the object or array, and not something ill-formed.
    bool failed() const { return failed_; }

    bool String(std::string& out);
    // A number, true, false or null: its text; "" when something else stands there.
    std::string_view Word();
    // The next value whatever it is, as its text; "" when there is none.
    std::string_view Value();
    // The next value whatever it is, at most kDepthMax deep.
    bool Tree(Json& out) { return Tree(out, 0); }

    static constexpr int kDepthMax = 64;

private:
    bool Open(char bracket);
    bool Continue(char closing);
    bool Fail();
    bool Escape(std::string& out);
    bool SkipString();
    bool NextName(std::string& name);
    bool Tree(Json& out, int depth);
    bool Leaf(Json& out);

    std::string_view text_;
    std::size_t at_ = 0;
    bool fresh_ = false;  // behind an opening bracket: no comma yet
    bool failed_ = false;
};

// The tree of text that one of the above has written. REQUIRES: it is.
Json TreeOf(std::string_view text);

}  // namespace returns
