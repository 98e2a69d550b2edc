package io.patchcast.serving;

import io.patchcast.forecast.ModelInfo;
import io.patchcast.forecast.SeriesForecast;
import java.util.List;

/**
 * What is answered to a {@link ForecastCall}.
 *
 * @param call the request
 * @param model what computed it
 * @param forecasts one per series of the request, in its order
 */
public record ForecastAnswer(ForecastCall call, ModelInfo model, List<SeriesForecast> forecasts) {}
