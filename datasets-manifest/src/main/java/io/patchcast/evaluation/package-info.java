/**
 * Evaluation by published protocols: tasks and their windows, baselines, metrics, and what is made
 * of them.
 *
 * <p>An {@link io.patchcast.evaluation.EvaluationTask} says which windows of which series are
 * forecast; {@link io.patchcast.evaluation.Evaluation} hands them to a {@link
 * io.patchcast.evaluation.WindowForecaster} in batches and adds up a {@link
 * io.patchcast.evaluation.Score}. Nothing is dropped: a window that a forecaster fails on is
 * counted as failed and scored with the forecast of the seasonal naive.
 *
 * <p>Definitions, over all entries (series, window, step) of a task, y the value, f the median, f_q
 * the quantile of level q in 0.1 … 0.9, m the season; entries without a value are left out:
 *
 * <ul>
 *   <li>MASE: mean of |y − f| / S, where S is the mean of |y_t − y_(t−m)| over the window's whole
 *       context, pairs with a missing value skipped; entries with S = 0 or without S are left out
 *   <li>CRPS (also called mean weighted quantile loss, WQL): mean over q of Σ 2·|(y − f_q)·((y ≤
 *       f_q) − q)| / Σ |y|, sums over all entries
 *   <li>SQL: mean over q and entries of 2·|(y − f_q)·((y ≤ f_q) − q)| / S
 *   <li>MSIS at level 1 − a, with the interval from l to u: mean of (u − l + 2/a·(l − y)⁺ + 2/a·(y
 *       − u)⁺) / S. At 95 %, which the M4 competition has, it is known of the baselines, whose
 *       quantiles are normal. A model of nine quantiles has none beyond 0.1 and 0.9: of it what is
 *       comparable is the one at 80 %, under a name of its own, MSIS80. GIFT-Eval computes its MSIS
 *       of everybody with exponential tails through the outer two quantiles on each side; its
 *       column has that one
 *   <li>MAPE: mean of |y − f| / |y|, without entries that are 0; sMAPE: mean of 2·|y − f| / (|y| +
 *       |f|), without entries where both are 0; OWA: mean of sMAPE and MASE, each divided by that
 *       of Naive2, {@link io.patchcast.evaluation.Baseline#NAIVE2}
 *   <li>ND: Σ |y − f| / Σ |y|; MAE, MSE: means of |y − f| and (y − f)²
 *   <li>coverage: share of entries with f_0.1 ≤ y ≤ f_0.9; width: Σ (f_0.9 − f_0.1) / Σ |y|
 * </ul>
 */
package io.patchcast.evaluation;
