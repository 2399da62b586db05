#include "workflows/stays.h"

#include "workflows/focus.h"

#include <algorithm>

namespace returns::workflows {
namespace {

template <class List>
auto* Find(List& list, std::int64_t id) {
    const auto at =
        std::find_if(list.begin(), list.end(), [&](const auto& e) { return e.id == id; });
    return at == list.end() ? nullptr : &*at;
}

// The case as it stood: its return with the slices and legs the moves so far tell of.
class Past {
public:
    Past(const Case& subject, const std::string& return_id, const Rulebook& book)
        : subject_(subject), return_id_(return_id), book_(book) {
        then_.key = subject.key;
        then_.placed = true;
        then_.jurisdiction = subject.jurisdiction;
        for (const Return& header : subject.returns)
            if (header.id == return_id) then_.returns.push_back(header);
    }

    void Take(const TimedRow& row) {
        for (const Move& move : row.moves) Take(move);
        for (const auto& [id, cause] : row.causes)
            if (Slice* slice = Find(then_.slices, id)) slice->cause = cause;
    }

    // Who has it; nobody once its money is there, or when nothing is to come.
    Stay Now(Instant from) const {
        if (then_.slices.empty() && then_.legs.empty()) return {};
        const Focus focus = FocusOf(then_, return_id_, book_);
        if (!focus.open || focus.money_done || focus.owner == "nobody" || focus.word == "done")
            return {};
        const int state = focus.slice != nullptr ? static_cast<int>(focus.slice->state)
                                                 : static_cast<int>(focus.leg->state);
        return {from, from, std::string(StateName(focus.machine->kind, state)), focus.owner};
    }

private:
    void Take(const Move& move) {
        if (move.return_id != return_id_) return;
        if (move.kind == MachineKind::kReturn) {
            const auto state = FindReturnState(move.to);
            if (state) Slot(then_.slices, move.id).state = *state;
        } else {
            const auto state = FindRefundState(move.to);
            if (!state) return;
            Leg& leg = Slot(then_.legs, move.id);
            leg.state = *state;
            if (const Leg* now = Find(subject_.legs, move.id)) leg.executor = now->executor;
        }
    }

    template <class T>
    T& Slot(std::vector<T>& then, std::int64_t id) {
        if (T* known = Find(then, id)) return *known;
        T fresh;
        fresh.id = id;
        fresh.return_id = return_id_;
        then.push_back(std::move(fresh));
        return then.back();
    }

    const Case& subject_;
    const std::string& return_id_;
    const Rulebook& book_;
    Case then_;
};

}  // namespace

std::vector<Stay> StaysOf(const Case& subject, const std::string& return_id,
                          const std::vector<TimedRow>& rows, const Rulebook& book, Instant now) {
    std::vector<Stay> stays;
    Past past(subject, return_id, book);
    Stay current;
    const auto end = [&](Instant at) {
        current.until = at;
        if (current.owner.empty() || current.until <= current.from) return;
        if (!stays.empty() && stays.back().until == current.from &&
            stays.back().state == current.state && stays.back().owner == current.owner)
            stays.back().until = at;
        else
            stays.push_back(current);
    };
    for (std::size_t i = 0; i < rows.size();) {
        const Instant at = rows[i].at;
        for (; i < rows.size() && rows[i].at == at; ++i) past.Take(rows[i]);
        end(at);
        current = past.Now(at);
    }
    end(std::max(now, current.from));
    return stays;
}

std::string_view PartyOf(std::string_view owner) {
    for (const std::string_view party : {"customer", "carrier", "partner"})
        if (owner == party) return party;
    return owner == "provider" ? "bank" : "us";
}

}  // namespace returns::workflows
