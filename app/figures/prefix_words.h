// What captions say of the tokens in front of the patches, true for models with a class token, with several such tokens, and with none.
#pragma once
#include <string>
#include <string_view>

#include "app/draw/canvas.h"
#include "core/analysis/attention.h"
#include "core/model/config.h"

namespace vitscope::figures {

/// The one of three texts that is true: there is no prefix token, only a class token, or anything else.
std::string_view by_prefix(const draw::Canvas& c, const VitConfig& config, std::string_view none, std::string_view class_token, std::string_view others);
/// " The class token is left out.", with the space in front; empty where there is nothing to leave out.
std::string prefix_left_out(const draw::Canvas& c, const VitConfig& config);
/// What a definition of the attention distance does with the prefix tokens. `printed`: their share stands below the axis.
std::string_view distance_words(const draw::Canvas& c, const VitConfig& config, DistanceDefinition definition, bool printed);

}  // namespace vitscope::figures
