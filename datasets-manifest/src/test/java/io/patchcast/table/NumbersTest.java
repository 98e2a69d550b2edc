package io.patchcast.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumbersTest {
  @ParameterizedTest
  @CsvSource({"1,1", "-2.5,-2.5", "' 3 ',3", "1e3,1000", "1E-3,0.001", "+4,4", ".5,0.5", "5.,5"})
  void readsNumbers(String text, double expected) {
    assertThat(Numbers.parse(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "NaN",
        "nan",
        "-nan",
        "NULL",
        "null",
        "NA",
        "N/A",
        "None",
        "inf",
        "+Inf",
        "-inf",
        "Infinity",
        "-Infinity",
        "\\N",
        "-"
      })
  void knowsMissingValues(String text) {
    assertThat(Numbers.parse(text)).isNaN();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"x", "1d", "1f", "0x10", "0x1p3", "1,5", "1 2", "--1", "12%", "true", "n"})
  void refusesTheRest(String text) {
    assertThatThrownBy(() -> Numbers.parse(text)).isInstanceOf(NumberFormatException.class);
  }
}
