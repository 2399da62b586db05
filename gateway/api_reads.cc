// Reading one order, return or refund, and saying where a return stands.
#include "gateway/api_core.h"
#include "gateway/case_view.h"
#include "gateway/money_view.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr std::size_t kTimelineMax = 500;

template <class T, class Fits>
const T* FindIn(const std::vector<T>& values, Fits fits) {
    const auto found = std::find_if(values.begin(), values.end(), fits);
    return found == values.end() ? nullptr : &*found;
}

std::optional<workflows::Channel> FindChannel(std::string_view name) {
    using workflows::Channel;
    if (name.empty() || name == "page") return Channel::kPage;
    if (name == "sms") return Channel::kSms;
    if (name == "voice") return Channel::kVoice;
    if (name == "agent") return Channel::kAgent;
    return std::nullopt;
}

Problem NotFound(const Error& error) {
    Problem problem = ProblemOf(error);
    if (problem.status == 409) problem.code = "ambiguous";
    return problem;
}

}  // namespace

void Api::Core::GetOrder(const ApiCallPtr& call) {
    const auto key = desk_.FindOrder(*call->caller, call->path[2], call->Query("shop"));
    if (!key.ok()) return AnswerProblem(call, NotFound(key.error()));
    const auto subject = desk_.Read(*key);
    if (!subject.ok()) return AnswerProblem(call, NotFound(subject.error()));
    const Role role = call->caller->role;
    Json json = OrderJson(**subject, role, parts_.engine.book());
    if (role != Role::kShop) {
        const auto rows = ReadTimeline(parts_.engine.archive(), **subject, "", kTimelineMax);
        if (!rows.ok()) return AnswerProblem(call, ProblemOf(rows.error()));
        json.Set("timeline", TimelineJson(*rows, role));
    }
    AnswerCase(call, **subject, json);
}

void Api::Core::GetReturn(const ApiCallPtr& call) {
    const std::string& id = call->path[2];
    const auto key = desk_.FindReturn(*call->caller, id, call->Query("shop"));
    if (!key.ok()) return AnswerProblem(call, NotFound(key.error()));
    const auto subject = desk_.Read(*key);
    if (!subject.ok()) return AnswerProblem(call, NotFound(subject.error()));
    const Return* header =
        FindIn((*subject)->returns, [&](const Return& one) { return one.id == id; });
    CHECK(header != nullptr);  // FindReturn has seen it
    const Role role = call->caller->role;
    Json json = ReturnJson(**subject, *header, role, parts_.engine.book());
    if (role != Role::kShop) {
        auto rows = ReadTimeline(parts_.engine.archive(), **subject, id, kClockRowsMax);
        if (!rows.ok()) return AnswerProblem(call, ProblemOf(rows.error()));
        if (role != Role::kPartner)
            json.Set("clock", ClockJson(**subject, *header, *rows, parts_.engine.book(),
                                        parts_.clock.Now()));
        if (rows->size() > kTimelineMax)
            rows->erase(rows->begin(), rows->end() - static_cast<std::ptrdiff_t>(kTimelineMax));
        json.Set("timeline", TimelineJson(*rows, role));
    }
    AnswerCase(call, **subject, json);
}

void Api::Core::GetRefund(const ApiCallPtr& call) {
    const auto found = desk_.FindRefund(*call->caller, call->path[2], call->Query("shop"));
    if (!found.ok()) return AnswerProblem(call, NotFound(found.error()));
    const auto subject = desk_.Read(found->first);
    if (!subject.ok()) return AnswerProblem(call, NotFound(subject.error()));
    const Leg* leg =
        FindIn((*subject)->legs, [&](const Leg& one) { return one.id == found->second; });
    CHECK(leg != nullptr);
    AnswerCase(call, **subject, RefundJson(**subject, *leg));
}

void Api::Core::GetSay(const ApiCallPtr& call) {
    std::string id = call->Query("return_id");
    if (id.empty()) id = call->Query("return");
    const auto channel = FindChannel(call->Query("channel"));
    if (id.empty() || !channel) {
        return AnswerProblem(call, {.status = 400,
                                    .detail = "say needs return_id=..., and channel is one of "
                                              "page, sms, voice, agent"});
    }
    if (*channel == workflows::Channel::kAgent && call->caller->role == Role::kShop) {
        return AnswerProblem(
            call, {.status = 403, .detail = "the agent's words are for agents and operators"});
    }
    const auto key = desk_.FindReturn(*call->caller, id, call->Query("shop"));
    if (!key.ok()) return AnswerProblem(call, NotFound(key.error()));
    const auto subject = desk_.Read(*key);
    if (!subject.ok()) return AnswerProblem(call, NotFound(subject.error()));
    AnswerText(call, "text/plain; charset=utf-8",
               workflows::Say(**subject, id, *channel, parts_.engine.book()));
}

}  // namespace returns::gateway
