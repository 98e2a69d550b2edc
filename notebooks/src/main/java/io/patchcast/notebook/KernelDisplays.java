package io.patchcast.notebook;

import java.util.List;
import org.rapaio.jupyter.kernel.display.DisplayData;
import org.rapaio.jupyter.kernel.display.DisplayRenderer;
import org.rapaio.jupyter.kernel.display.DisplayTransformer;
import org.rapaio.jupyter.kernel.display.spi.DisplayProvider;

/** Tells the Jupyter kernel, which finds it as a service, how to show a {@link Display}. */
public final class KernelDisplays implements DisplayProvider {
  /** For the kernel's service loader. */
  public KernelDisplays() {}

  @Override
  public List<DisplayRenderer> getDisplayRenderers() {
    return List.of(new Renderer());
  }

  @Override
  public List<DisplayTransformer> getDisplayTransformers() {
    return List.of();
  }

  private static final class Renderer implements DisplayRenderer {
    @Override
    public Class<?> rendererClass() {
      return Display.class;
    }

    @Override
    public boolean canRender(String mimeType) {
      return true;
    }

    @Override
    public DisplayData render(String mimeType, Object value) {
      Display display = (Display) value;
      DisplayData data = DisplayData.fromHtml(display.html());
      data.putText(display.text());
      return data;
    }
  }
}
