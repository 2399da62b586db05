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

Status Engine::TryAgain(const std::map<std::int64_t, ParkedInput>& fits) {
    // Each goes to the front of the queue, so the last comes first: they are played as they came.
    for (auto fit = fits.rbegin(); fit != fits.rend(); ++fit) {
        const ParkedInput& parked = fit->second;
        if (parked.envelope.empty()) continue;
        ASSIGN_OR_RETURN(Json json, ParseJson(parked.envelope));
        ASSIGN_OR_RETURN(Envelope event, DecodeEnvelope(json));
        Input input;
        input.event = std::move(event);
        input.digest = parked.digest;
        input.raw = parked.envelope;
        input.unpark = fit->first;
        queue_.push_front(std::move(input));  // it is stored already: no limit applies
    }
    return {};
}

}  // namespace returns::gateway
