package io.patchcast.backend.cuda.driver;

import static jcuda.driver.JCudaDriver.cuGraphDestroy;
import static jcuda.driver.JCudaDriver.cuGraphExecDestroy;
import static jcuda.driver.JCudaDriver.cuGraphInstantiate;
import static jcuda.driver.JCudaDriver.cuGraphLaunch;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;
import static jcuda.driver.JCudaDriver.cuStreamBeginCapture;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;
import static jcuda.driver.JCudaDriver.cuStreamEndCapture;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;

import java.util.List;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;

/** A queue of work on a device, carried out in order. Not safe for use by several threads. */
public final class Stream implements AutoCloseable {
  private final Device device;
  private final CUstream stream = new CUstream();
  private final Device.Resource resource = () -> cuStreamDestroy(stream);

  Stream(Device device) {
    this.device = device;
    device.enter();
    device.check(cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "making a stream");
    device.add(resource);
  }

  /** Launches recorded as one, to be repeated at the cost of one. */
  public final class Graph implements AutoCloseable {
    private final CUgraphExec executable = new CUgraphExec();
    private final Device.Resource graph = () -> cuGraphExecDestroy(executable);

    private Graph(List<Launch> launches) {
      device.enter();
      device.check(
          cuStreamBeginCapture(stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
          "beginning to record a graph");
      CUgraph recorded = new CUgraph();
      try {
        int ended;
        try {
          launches.forEach(Stream.this::submit);
        } finally {
          ended = cuStreamEndCapture(stream, recorded);
        }
        device.check(ended, "recording a graph");
        device.check(cuGraphInstantiate(executable, recorded, 0), "preparing a graph");
      } finally {
        cuGraphDestroy(recorded);
      }
      device.add(graph);
    }

    /** Queues all launches. */
    public void launch() {
      device.enter();
      device.check(cuGraphLaunch(executable, stream), "launching a graph");
    }

    @Override
    public void close() {
      device.remove(graph);
    }
  }

  /** Records launches. */
  public Graph record(List<Launch> launches) {
    return new Graph(launches);
  }

  /** Queues one launch. */
  public void launch(Launch launch) {
    device.enter();
    submit(launch);
  }

  private void submit(Launch launch) {
    device.check(
        cuLaunchKernel(
            launch.kernel().function(),
            launch.gridX(),
            launch.gridY(),
            1,
            launch.threads(),
            1,
            1,
            launch.kernel().sharedBytes(),
            stream,
            launch.arguments(),
            null),
        "launching " + launch.kernel().name());
  }

  /** Queues a copy of the first {@code bytes} to the device. */
  public void copyToDevice(PinnedBuffer source, DeviceBuffer target, long bytes) {
    device.enter();
    device.check(
        cuMemcpyHtoDAsync(target.pointer(), source.pointer(), bytes, stream), "copying to it");
  }

  /** Queues a copy of the first {@code bytes} to the host. */
  public void copyToHost(DeviceBuffer source, PinnedBuffer target, long bytes) {
    device.enter();
    device.check(
        cuMemcpyDtoHAsync(target.pointer(), source.pointer(), bytes, stream), "copying from it");
  }

  /** Waits until everything that was queued is done. */
  public void await() {
    device.enter();
    device.check(cuStreamSynchronize(stream), "computing");
  }

  @Override
  public void close() {
    device.remove(resource);
  }
}
