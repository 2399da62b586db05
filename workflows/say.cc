// The status as running text, for page, text message, speech and chat.

#include "workflows/explain.h"
#include "workflows/focus.h"

#include <algorithm>
#include <array>
#include <vector>

namespace returns::workflows {
namespace {

constexpr std::size_t kSmsMax = 160;  // characters of one message in the plain GSM alphabet

std::string Sentences(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) {
        if (part.empty()) continue;
        text += (text.empty() ? "" : " ") + part;
    }
    return text;
}

bool IsPlain(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// Facts go, the least needed first, until the sentence fits. A fact outside plain ASCII would more
// than halve the room of the whole message and goes at once.
std::string Sms(const Focus& focus, Values values, const Json& wording) {
    for (auto& [name, value] : values) {
        if (!IsPlain(value)) value.clear();
    }
    const std::string action = TextFor("customer_actions", focus, values, wording);
    std::string text = Headline(focus, values, wording);
    std::string both = Sentences({text, action});
    if (both.size() <= kSmsMax) return both;
    constexpr std::array<std::string_view, 6> kLeastNeeded = {"tracking", "reference", "ticket",
                                                              "paid",     "date",      "amount"};
    for (const std::string_view name : kLeastNeeded) {
        if (text.size() <= kSmsMax) return text;
        values[std::string(name)].clear();
        text = Headline(focus, values, wording);
    }
    if (text.size() <= kSmsMax) return text;
    return WordingAt(wording, {"status", focus.word}).substr(0, kSmsMax);
}

// Tracking numbers and bank references are for the eye.
std::string Voice(const Focus& focus, Values values, const Json& wording, bool why_not) {
    values["tracking"].clear();
    values["reference"].clear();
    return Sentences({Headline(focus, values, wording),
                      why_not ? TextFor("why_not", focus, values, wording) : "",
                      TextFor("customer_actions", focus, values, wording)});
}

std::string Labelled(const Json& wording, std::string_view label, const std::string& text) {
    if (text.empty()) return "";
    return Fill(WordingAt(wording, {"agent", label}), {{"text", text}});
}

std::string Chat(const Case& subject, const std::string& return_id, const Focus& focus,
                 const Rulebook& book) {
    const Json& wording = book.wording;
    const Explanation told = Explain(subject, return_id, Audience::kAgent, book);
    const Values values = ValuesOf(subject, return_id, focus, wording, Style::kWritten);
    const bool legal = focus.open && !focus.money_done && !values.find("legal")->second.empty();
    return Sentences({told.headline, Labelled(wording, "why_not", told.why_not),
                      Labelled(wording, "owner", WordingAt(wording, {"owners", told.owner})),
                      Labelled(wording, "next", told.next),
                      Labelled(wording, "action", told.action),
                      legal ? Fill(WordingAt(wording, {"agent", "legal"}), values) : ""});
}

}  // namespace

std::string Say(const Case& subject, const std::string& return_id, Channel channel,
                const Rulebook& book) {
    const Json& wording = book.wording;
    const Focus focus = FocusOf(subject, return_id, book);
    const auto values = [&](Style style) {
        return ValuesOf(subject, return_id, focus, wording, style);
    };
    switch (channel) {
        case Channel::kSms:
            return Sms(focus, values(Style::kShort), wording);
        case Channel::kVoice:
            return Voice(focus, values(Style::kSpoken), wording, focus.open && !focus.money_done);
        case Channel::kAgent:
            return Chat(subject, return_id, focus, book);
        case Channel::kPage:
            break;
    }
    const Explanation told = Explain(subject, return_id, Audience::kCustomer, book);
    return Sentences({told.headline, told.why_not, told.next, told.action});
}

}  // namespace returns::workflows
