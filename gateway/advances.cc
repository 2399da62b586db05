#include "gateway/advances.h"

#include "workflows/worth.h"

namespace returns::gateway {
namespace {

constexpr int kCasesPerLook = 1000;

}  // namespace

Advances::Advances(Engine& engine, workflows::Rulebook& book) : engine_(engine), book_(book) {
    engine_.OnCommitted("advances", [this](const Case& subject) { Note(subject); });
}

void Advances::Note(const Case& subject) {
    const std::int64_t ahead = workflows::AheadOf(subject);
    const auto known = shares_.find(subject.key);
    if (known == shares_.end() && ahead == 0) return;
    if (known != shares_.end()) {
        sums_[known->second.currency] -= known->second.minor;
        shares_.erase(known);
    }
    if (ahead > 0) {
        shares_[subject.key] = {subject.currency, ahead};
        sums_[subject.currency] += ahead;
    }
    if (filled_) book_.advanced_minor = sums_;
}

bool Advances::Fill() {
    if (filled_) return false;
    const auto page = engine_.archive().Stalled(filled_to_, kCasesPerLook);
    if (!page.ok()) return false;  // asked again next time
    for (const CaseKey& key : page->keys) {
        const auto subject = engine_.Read(key);
        if (subject.ok() && *subject != nullptr) Note(**subject);
    }
    filled_to_ = page->next;
    filled_ = filled_to_ == 0;
    if (filled_) book_.advanced_minor = sums_;
    return !filled_;
}

}  // namespace returns::gateway
