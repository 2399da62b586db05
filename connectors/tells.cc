#include "connectors/tells.h"

#include <algorithm>

namespace returns::connectors {
namespace {

bool Space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

bool StartsOfType(std::string_view text) {
    return text.ends_with('.') &&
           std::any_of(EventTypes().begin(), EventTypes().end(), [&](const EventTypeFacts& facts) {
               return !facts.ours && facts.wire.starts_with(text);
           });
}

// Walks over a mapping's texts; comments and what stands inside \( ) are passed over as program.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    TypesInMapping Read() {
        while (at_ < text_.size()) {
            if (text_[at_] == '#') {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else if (text_[at_] == '"') {
                ReadText();
            } else {
                ++at_;
            }
        }
        return std::move(found_);
    }

private:
    void ReadText() {
        const std::size_t open = at_++;
        std::string value;
        while (at_ < text_.size() && text_[at_] != '"') {
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
                // What follows is not read as part of the text: no type goes on after it.
                if (text_[at_ + 1] == '(') found_.composed |= StartsOfType(value);
                ++at_;
            }
            value += text_[at_++];
        }
        ++at_;
        Take(value, open);
    }

    void Take(const std::string& value, std::size_t open) {
        if (Compared(open)) return;
        if (StartsOfType(value) && Next() == '+') found_.composed = true;
        const auto type = FindEventType(value);
        if (type && *type != EventType::kAction && !Facts(*type).ours) found_.types.insert(*type);
    }

    char Next() const {
        std::size_t at = at_;
        while (at < text_.size() && Space(text_[at])) ++at;
        return at < text_.size() ? text_[at] : '\0';
    }

    // After == or !=, or before one.
    bool Compared(std::size_t open) const {
        std::size_t before = open;
        while (before > 0 && Space(text_[before - 1])) --before;
        const std::string_view left = text_.substr(before < 2 ? 0 : before - 2, 2);
        if (before >= 2 && (left == "==" || left == "!=")) return true;
        std::size_t after = at_;
        while (after < text_.size() && Space(text_[after])) ++after;
        const std::string_view right = text_.substr(std::min(after, text_.size()), 2);
        return right == "==" || right == "!=";
    }

    std::string_view text_;
    std::size_t at_ = 0;
    TypesInMapping found_;
};

}  // namespace

std::set<EventType> Tells::Types() const {
    std::set<EventType> types;
    for (const auto& [type, ways] : how) types.insert(type);
    return types;
}

TypesInMapping TypesIn(const JqSource& source) { return Reader(source.text).Read(); }

Tells TellsOf(const Manifest& manifest, const std::vector<JqSource>& sources) {
    std::set<std::string> replies;
    for (const auto& [name, operation] : manifest.operations) replies.insert(operation.reply);
    const std::string callbacks = manifest.callbacks ? manifest.callbacks->mapping : "";
    Tells tells;
    bool composed = false;
    for (const JqSource& source : sources) {
        const TypesInMapping found = TypesIn(source);
        composed = composed || found.composed;
        for (const EventType type : found.types) {
            std::set<std::string>& ways = tells.how[type];
            if (source.name == callbacks) ways.insert("callback");
            if (source.name == manifest.records) ways.insert("record");
            if (replies.contains(source.name)) ways.insert("answer");
        }
    }
    for (const EventType type : manifest.can_tell)
        tells.how[type].insert(callbacks.empty() ? "record" : "callback");
    if (manifest.callbacks) {
        for (const std::string& wire : manifest.callbacks->tells)
            tells.how[*FindEventType(wire)].insert("callback");
    }
    if (manifest.records == "identity") {  // our own form: whatever there is
        for (const EventTypeFacts& facts : EventTypes())
            if (!facts.ours) tells.how[facts.type].insert("record");
    }
    tells.known = !manifest.can_tell.empty() || (!tells.how.empty() && !composed);
    return tells;
}

}  // namespace returns::connectors
