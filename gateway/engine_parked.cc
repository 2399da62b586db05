// Parked input that goes through the door once more.
#include "gateway/engine.h"
#include "gateway/journal.h"

namespace returns::gateway {

Status Engine::Recover() {
    constexpr int kAtOnce = 100;
    std::map<std::int64_t, ParkedInput> fits;
    std::int64_t after = 0;
    for (bool more = true; more;) {
        ASSIGN_OR_RETURN(std::vector<ParkedInput> page, archive_.ParkedAfter(after, kAtOnce));
        more = page.size() == kAtOnce;
        for (ParkedInput& parked : page) {
            after = parked.id;
            for (const Lookup& lookup : parked.lookups) {
                ASSIGN_OR_RETURN(const std::vector<CaseKey> found, store_.Find(lookup));
                if (found.empty()) continue;
                fits.emplace(parked.id, std::move(parked));
                break;
            }
        }
    }
    return TryAgain(fits);
}

Result<Input> InputOf(const ParkedInput& parked) {
    ASSIGN_OR_RETURN(const Json json, ParseJson(parked.envelope));
    Input input;
    ASSIGN_OR_RETURN(input.event, DecodeEnvelope(json));
    input.digest = parked.digest;
    input.raw = parked.envelope;
    input.unpark = parked.id;
    return input;
}

Status Engine::TryAgain(const std::map<std::int64_t, ParkedInput>& fits) {
    // Each goes to the front of the queue, so the last comes first: they are played as they came.
    for (auto fit = fits.rbegin(); fit != fits.rend(); ++fit) {
        const ParkedInput& parked = fit->second;
        if (parked.envelope.empty()) continue;
        ASSIGN_OR_RETURN(Input input, InputOf(parked));
        queue_.push_front(std::move(input));  // it is stored already: no limit applies
    }
    return {};
}

}  // namespace returns::gateway
