// Any bytes are requests, refused with one answer, or not yet all there. However they are cut the
// same requests are read; what is handed on is well-formed and within the limits; every answer is
// one answer; nothing stays counted or held. The same bytes as a partner's answer are read or
// refused.
#include "gateway/http_door_conversation.h"
#include "tests/fuzz/fuzz.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr std::int64_t kBodyMax = 600;

struct Heard {
    std::vector<DoorRequest> requests;
    std::string answers;
    bool over = false;
};

bool IsPlain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

void Check(const DoorRequest& request) {
    CHECK(!request.method.empty() && IsToken(request.method) && request.method != "HEAD");
    CHECK(!request.path.empty() && request.path.front() == '/' && IsPlain(request.path));
    CHECK(IsPlain(request.query) && !request.via_proxy && request.peer == "192.0.2.1");
    CHECK(static_cast<std::int64_t>(request.body.size()) <= kBodyMax);
    CHECK(request.headers.size() <= WireLimits().fields_max);
    int hosts = 0, lengths = 0;
    for (const auto& [name, value] : request.headers) {
        CHECK(IsToken(name) && IsFieldValue(value));
        hosts += name.size() == 4 && connectors::FindHeader({{name, "x"}}, "host") == "x";
        lengths += connectors::FindHeader({{name, "x"}}, "content-length") == "x" ||
                   connectors::FindHeader({{name, "x"}}, "transfer-encoding") == "x";
    }
    CHECK(hosts == 1 && lengths <= 1);
}

// All bytes in pieces of that size, then the end.
Heard Converse(std::string_view bytes, std::size_t piece) {
    DoorState state;
    state.options.body_bytes_max = kBodyMax;
    state.options.held_bytes_max = 1 << 20;
    SteadyTime now{};
    Heard heard;
    {
        Conversation talk(state, "192.0.2.1", now);
        const auto settle = [&] {
            for (;;) {
                if (auto request = talk.TakeRequest()) {
                    Check(*request);
                    heard.requests.push_back(std::move(*request));
                    CHECK(state.in_flight == 1);
                    talk.Replied(talk.number(), {200, {}, "a"}, now);
                }
                if (talk.over() || talk.to_send().empty()) break;
                heard.answers += talk.to_send();
                talk.Sent(talk.to_send().size(), now);
            }
        };
        while (!bytes.empty() && talk.wants_bytes()) {
            talk.Received(bytes.substr(0, piece), now);
            bytes.remove_prefix(std::min(piece, bytes.size()));
            settle();
            CHECK(state.held_bytes >= 0);
        }
        talk.Ended();
        heard.over = talk.over();
        CHECK(heard.over && state.in_flight == 0);
    }
    CHECK(state.held_bytes == 0);
    const std::int64_t refused = state.counts.refused_requests;
    CHECK(refused <= 1);
    return heard;
}

std::size_t CountOf(std::string_view text, std::string_view part) {
    std::size_t n = 0;
    for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
    return n;
}

void TryAnswer(std::string_view bytes) {
    const std::size_t end = FindHeadEnd(bytes);
    if (end == 0) return;
    ResponseHead head;
    const auto refusal = ReadResponseHead(bytes.substr(0, end), "POST", WireLimits(), head);
    if (refusal) {
        CHECK(!refusal->text.empty());
        return;
    }
    CHECK(head.status >= 100 && head.status <= 599 && head.length >= 0);
    for (const auto& [name, value] : head.headers) CHECK(IsToken(name) && IsFieldValue(value));
    if (head.end != BodyEnd::kChunked) return;
    ChunkReader chunks(kBodyMax);
    std::size_t taken = 0;
    chunks.Feed(bytes.substr(end), taken);
    CHECK(taken <= bytes.size() - end);
    CHECK(static_cast<std::int64_t>(chunks.size()) <= kBodyMax);
}

}  // namespace
}  // namespace returns::gateway

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace returns::gateway;
    const std::string_view text = returns::Text(bytes, size);
    const Heard whole = Converse(text, text.size() + 1);
    const std::size_t answers = CountOf(whole.answers, "HTTP/1.1 2") +
                                CountOf(whole.answers, "HTTP/1.1 4") +
                                CountOf(whole.answers, "HTTP/1.1 5");
    CHECK(answers >= whole.requests.size() && answers <= whole.requests.size() + 1);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
        const Heard cut = Converse(text, piece);
        CHECK(cut.requests.size() == whole.requests.size());
        for (std::size_t i = 0; i < cut.requests.size(); ++i) {
            CHECK(cut.requests[i].method == whole.requests[i].method);
            CHECK(cut.requests[i].path == whole.requests[i].path);
            CHECK(cut.requests[i].headers == whole.requests[i].headers);
            CHECK(cut.requests[i].body == whole.requests[i].body);
        }
    }
    TryAnswer(text);
    return 0;
}
