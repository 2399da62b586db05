// What each case does. The rows that name them are in certify_cases.cc. One thread.
#pragma once

#include "gateway/certify_stage.h"

namespace returns::gateway::certify {

// Calls to the candidate.
Judgement CredentialsAccepted(Stage& stage);
Judgement CredentialsRefused(Stage& stage);
Judgement CreateAndFind(Stage& stage);
Judgement CreateWithCutAnswer(Stage& stage);
Judgement CreateTwice(Stage& stage);
Judgement CreateUnicode(Stage& stage);
Judgement CreateBig(Stage& stage);
Judgement CreateNonsense(Stage& stage);
Judgement CreateUnknownField(Stage& stage);
Judgement LookupAbsent(Stage& stage);
Judgement CancelBefore(Stage& stage);
Judgement CancelTwice(Stage& stage);
Judgement CancelUnknown(Stage& stage);
Judgement CancelAfterArrival(Stage& stage);
Judgement CancelRace(Stage& stage);
Judgement TheirRateLimit(Stage& stage);
Judgement TheirServerError(Stage& stage);
Judgement TheirSlowAnswer(Stage& stage);
Judgement LabelExpires(Stage& stage);

// Callbacks to us.
Judgement SignatureRight(Stage& stage);
Judgement SignatureOverRawBytes(Stage& stage);
Judgement ClockRight(Stage& stage);
Judgement ForgeryAndReplayRefused(Stage& stage);
Judgement KeyRotation(Stage& stage);
Judgement LateTimes(Stage& stage);
Judgement Reordered(Stage& stage);
Judgement PartialCounts(Stage& stage);
Judgement ShortParcel(Stage& stage);
Judgement EmptyBox(Stage& stage);
Judgement WrongItem(Stage& stage);
Judgement RepeatSameId(Stage& stage);
Judgement RetryAfterRateLimit(Stage& stage);
Judgement RetryAfterServerError(Stage& stage);
Judgement RetryAfterSlowAnswer(Stage& stage);
Judgement RetryAfterOutage(Stage& stage);
Judgement NoNeedlessRetry(Stage& stage);

}  // namespace returns::gateway::certify
