// Light, dark, or as the system has it.
#pragma once

namespace dill::gui {

enum class Theme { System, Light, Dark };

// Gives the application the palette of `theme`. To be called once at the start with the stored choice, then at will.
void applyTheme(Theme theme);

}  // namespace dill::gui
