#include "gateway/blind_words.h"

#include "workflows/wording.h"

namespace returns::gateway {
namespace {

using connectors::Connector;
using connectors::Kind;
using workflows::BlindMap;
using workflows::BlindTimer;

Json Text(std::string_view value) { return Json::String(std::string(value)); }

Json Types(const std::vector<EventType>& types) {
    Json list = Json::Array();
    for (const EventType type : types) list.Append(Text(Facts(type).wire));
    return list;
}

template <class Texts>
Json List(const Texts& texts) {
    Json list = Json::Array();
    for (const std::string& text : texts) list.Append(Text(text));
    return list;
}

template <class Texts>
std::string Joined(const Texts& texts, std::string_view last) {
    std::string all;
    std::size_t at = 0;
    for (const auto& text : texts) {
        ++at;
        if (at > 1) all += at == texts.size() ? std::string(last) : ", ";
        all += text;
    }
    return all;
}

Json TimerJson(const BlindTimer& timer) {
    return Json::Object({{"state", Text(timer.state)},
                         {"timer", Text(timer.delay)},
                         {"after", Text(timer.after)},
                         {"waits_for", Text(Facts(timer.waits_for).wire)},
                         {"ended_by", Types(timer.ended)},
                         {"then", Text(timer.then)},
                         {"words", Text(PlainTimer(timer))}});
}

bool HasMap(const Connector& connector) {
    return connector.manifest().kind == Kind::kLogistics && connector.tells().known;
}

}  // namespace

std::string PlainTimer(const BlindTimer& timer) {
    std::string text = timer.delay + " (" + timer.after + ") in " + timer.state +
                       " runs out even when all is well, since nobody tells " +
                       std::string(Facts(timer.waits_for).wire);
    std::vector<std::string_view> ended;
    for (const EventType type : timer.ended) ended.push_back(Facts(type).wire);
    text += ended.empty() ? "; nothing this partner tells ends it before"
                          : "; only " + Joined(ended, " or ") + " ends it before";
    return text + ". Then: " + (timer.then.empty() ? "a person is asked" : timer.then) + ".";
}

Json TellsJson(const Connector& connector, const workflows::Rulebook& book) {
    Json events = Json::Object();
    for (const auto& [type, ways] : connector.tells().how)
        events.Set(std::string(Facts(type).wire), List(ways));
    Json json = Json::Object({{"known", Json::Bool(connector.tells().known)},
                              {"events", std::move(events)},
                              {"sentences", List(connector.manifest().cannot_tell)}});
    json.Set("announces", Json::Bool(connector.manifest().announces));
    if (!HasMap(connector) || book.newest == nullptr) return json;
    const BlindMap map = workflows::BlindSpots(*book.newest, connector.tells().Types());
    Json timers = Json::Array();
    for (const BlindTimer& timer : map.timers) timers.Append(TimerJson(timer));
    json.Set("untold", Types(map.untold));
    json.Set("unseen", List(map.unseen));
    json.Set("timers", std::move(timers));
    return json;
}

BlindWords WordsOf(const Connector& connector, const workflows::Rulebook& book) {
    BlindWords words;
    words.known = connector.tells().known;
    words.further = connector.manifest().cannot_tell;
    if (!connector.manifest().announces)
        words.further.insert(words.further.begin(),
                             "They never hear of a return from us: they learn of it elsewhere.");
    for (const auto& [type, ways] : connector.tells().how)
        words.told.push_back(std::string(Facts(type).wire) +
                             (ways.empty() ? "" : " (" + Joined(ways, ", ") + ")"));
    if (!HasMap(connector) || book.newest == nullptr) return words;
    const BlindMap map = workflows::BlindSpots(*book.newest, connector.tells().Types());
    for (const EventType type : map.untold)
        words.untold.push_back(workflows::WordingAt(book.wording, {"not_told", Facts(type).wire}));
    for (const BlindTimer& timer : map.timers) words.timers.push_back(PlainTimer(timer));
    return words;
}

}  // namespace returns::gateway
