// The gateway in memory with two partners: "acme" works for the shop main, "other" for the shop
// second; the key bhk_both holds both connections.
#pragma once

#include "tests/gateway/api_world.h"

#include <string>

namespace returns::gateway {

class PartnerWorld : public ApiWorld {
public:
    PartnerWorld();

    // Order `order` of one lamp; its return has arrived at acme and waits to be opened.
    void TellArrived(const std::string& order, const std::string& return_id);
    // Order "2001" of the other shop; its return R-F waits at the other partner.
    void TellForeign();
    // The API made anew over the same store, as after a restart.
    void Restart();
};

}  // namespace returns::gateway
