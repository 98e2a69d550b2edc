package io.patchcast.forecast;

import java.util.List;

/**
 * The answer to a {@link ForecastRequest}.
 *
 * @param model what computed it
 * @param series one per series of the request, in its order
 */
public record ForecastResult(ModelInfo model, List<SeriesForecast> series) {}
