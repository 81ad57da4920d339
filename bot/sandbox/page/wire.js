// Talks to the sandbox server: acts on behalf of a person, and follows the stream of what happens.

/** Posts one act; resolves to the server's answer, and to {ok: false, error} when the server cannot be reached. */
export async function act(as, verb, fields = {}) {
  const body = JSON.stringify({ as, do: verb, ...fields });
  try {
    const answer = await fetch("/sandbox/act", { method: "POST", headers: { "content-type": "application/json" }, body });
    return await answer.json();
  } catch (error) {
    return { ok: false, error: `the sandbox did not answer (${error.message})` };
  }
}

/** Follows the workspace for ever, reconnecting with growing pauses. `on` holds snapshot, event and online. */
export function follow(on) {
  let pause = 500;
  const connect = () => {
    const lost = () => {
      on.online(false);
      setTimeout(connect, pause);
      pause = Math.min(pause * 2, 8000);
    };
    const found = () => {
      pause = 500;
      on.online(true);
    };
    new Line(on, found, lost).open();
  };
  connect();
}

/**
 * One connection: a stream, and snapshots read beside it. Events that arrive while a snapshot is on its way wait
 * and are applied after it. The first snapshot is read at once, to show something soon; another one when the
 * stream is known to be open, so that nothing falls in between.
 */
class Line {
  constructor(on, found, lost) {
    Object.assign(this, { on, found, lost, waiting: [], reads: 0, closed: false });
  }

  open() {
    this.stream = new EventSource("/sandbox/stream");
    this.stream.onopen = () => this.read();
    this.stream.onmessage = ({ data }) => this.take(JSON.parse(data));
    this.stream.onerror = () => this.close();
    this.read();
  }

  close() {
    if (this.closed) return;
    this.closed = true;
    this.stream.close();
    this.lost();
  }

  async read() {
    this.reads += 1;
    const turn = this.reads;
    this.waiting ??= [];
    try {
      const state = await (await fetch("/sandbox/state")).json();
      if (this.closed || turn !== this.reads) return;
      this.on.snapshot(state);
    } catch (error) {
      console.warn("no snapshot, trying again", error);
      this.close();
      return;
    }
    const late = this.waiting;
    this.waiting = null;
    late.forEach((event) => this.take(event));
    this.found();
  }

  /** A channel event that names only the id says that members changed: a snapshot tells how. */
  take(event) {
    if (this.waiting) this.waiting.push(event);
    else if (event.kind === "channel" && typeof event.channel === "string") this.read();
    else this.on.event(event);
  }
}
