#include "gateway/anchor_sender.h"

#include "gateway/anchor_line.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr int kAtOnce = 1000;
constexpr char kFile[] = "anchors.file", kTopic[] = "anchors.topic";

Result<std::int64_t> Kept(Archive& archive, const char* name) {
    ASSIGN_OR_RETURN(const std::string text, archive.Meta(name));
    if (text.empty()) return 0;
    return Json::Number(text).AsInt();
}

}  // namespace

AnchorSender::AnchorSender(Engine& engine, Publisher& publisher, Clock& clock, AnchorPlaces places)
    : engine_(engine), publisher_(publisher), clock_(clock), places_(std::move(places)) {
    file_.wanted = places_.file != nullptr;
    topic_.wanted = !places_.topic.empty();
}

Status AnchorSender::Recover(Archive& archive) {
    ASSIGN_OR_RETURN(file_.seq, Kept(archive, kFile));
    ASSIGN_OR_RETURN(topic_.seq, Kept(archive, kTopic));
    const std::int64_t file = file_.wanted ? file_.seq : topic_.seq;
    const std::int64_t topic = topic_.wanted ? topic_.seq : file;
    looked_ = std::min(file, topic);
    return {};
}

// On towards the newest there is; true when it stands.
Result<bool> AnchorSender::FindNewest() {
    ASSIGN_OR_RETURN(const auto anchors, engine_.archive().Anchors(looked_, kAtOnce));
    if (!anchors.empty()) {
        newest_ = anchors.back();
        looked_ = newest_.seq;
    }
    return anchors.size() < kAtOnce;
}

void AnchorSender::Waits(View& view) const {
    if (!view.wanted || view.seq >= newest_.seq)
        view.waits_since = kNoTime;
    else if (view.waits_since == kNoTime)
        view.waits_since = clock_.Now();
}

void AnchorSender::Note(View& view, const char* name, bool good) {
    view.failing = !good;
    view.failed += !good;
    if (!good) return;
    ++view.sent;
    engine_.Note(name, std::to_string(view.seq));
}

bool AnchorSender::Step() {
    if (!file_.wanted && !topic_.wanted) return false;
    const Millis now = clock_.Monotonic();
    if ((begun_ && now < next_) || engine_.failed()) return false;
    const auto found = FindNewest();
    if (!found.ok()) return false;  // the next commit meets the same store and says so
    if (!*found) return true;
    begun_ = true;
    next_ = now + places_.every;
    const bool filed = SendToFile();
    const bool told = SendToTopic();
    Waits(file_);
    Waits(topic_);
    return filed || told;
}

void AnchorSender::Finish() {
    if (!file_.wanted || engine_.failed()) return;
    for (bool found = false; !found;) {
        const auto looked = FindNewest();
        if (!looked.ok()) return;
        found = *looked;
    }
    SendToFile();
    Waits(file_);
}

bool AnchorSender::SendToFile() {
    if (!file_.wanted || newest_.seq <= file_.seq) return false;
    const bool good = places_.file->Append(AnchorLine(newest_, clock_.Now())).ok();
    if (good) file_.seq = newest_.seq;
    Note(file_, kFile, good);
    return true;
}

bool AnchorSender::SendToTopic() {
    if (!topic_.wanted || on_the_way_ || newest_.seq <= topic_.seq) return false;
    const std::int64_t seq = newest_.seq;
    on_the_way_ =
        publisher_.Produce(places_.topic, "anchor", {{"content-type", "application/json"}},
                           AnchorLine(newest_, clock_.Now()), [this, seq](bool delivered) {
                               on_the_way_ = false;
                               if (delivered) topic_.seq = std::max(topic_.seq, seq);
                               Note(topic_, kTopic, delivered);
                               Waits(topic_);
                           });
    if (!on_the_way_) Note(topic_, kTopic, false);
    return true;
}

}  // namespace returns::gateway
