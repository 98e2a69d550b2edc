package io.patchcast.evaluation;

import java.util.List;

/** Something that forecasts windows: the model or a baseline. */
public interface WindowForecaster {
  /** Under which its scores are listed. */
  String label();

  /** Whether it wants the windows of the variates of a table side by side. */
  default Variates variates() {
    return Variates.SEPARATE;
  }

  /** Forecasts of these windows, in their order; a window that fails says so and fails no other. */
  List<WindowForecast> forecast(List<Window> windows);
}
