// What the hosts of a fleet answer, asked again while a page is looked at, and never else. A host is asked by one question at a
// time: one that is slow delays no other.

import type { Complaint } from "../../core/base/complaint.ts";
import { Places } from "../../core/base/places.ts";
import { type HostView, readPrograms, stateText } from "../../core/fleet/overview.ts";
import { monotonic } from "../../host/time/clock.ts";
import { hostComplaint, type Member } from "../on-host.ts";

/** Between two questions to a host. Supervisor has no answer that waits for a change. */
const REFRESH_MS = 5000;
/** Pages that look at the same time. Each page of logs holds connections to many hosts. */
const MOST_READERS = 100;

interface Watched {
  readonly member: Member;
  view: HostView;
  isAsked: boolean;
  /** When the last question was over; before all times if there was none. */
  askedMs: number;
}

interface WatchLimits {
  readonly answerMs: number;
  /** Hosts that are asked at the same time. */
  readonly parallel: number;
}

export class HostWatch {
  readonly #hosts: readonly Watched[];
  readonly #limits: WatchLimits;
  readonly #places: Places;
  readonly #readers = new Set<() => void>();
  #holders = 0;
  #timer: NodeJS.Timeout | null = null;
  #shown = "";

  constructor(members: readonly Member[], limits: WatchLimits) {
    this.#limits = limits;
    this.#places = new Places(limits.parallel * 2);
    this.#hosts = members.map((member) => ({
      ...{ member, isAsked: false, askedMs: Number.NEGATIVE_INFINITY },
      view: { ...shownPart(member), programs: null, failure: null },
    }));
  }

  get views(): readonly HostView[] {
    return this.#hosts.map(({ view }) => view);
  }

  member(name: string): Member | null {
    return this.#hosts.find(({ member }) => member.entry.name === name)?.member ?? null;
  }

  /** Asks the hosts whose answer is old. @returns when all of them have answered */
  async refresh(isForced = false): Promise<void> {
    const old = monotonic() - REFRESH_MS;
    const due = this.#hosts.filter(
      ({ isAsked, askedMs }) => !isAsked && (isForced || askedMs < old),
    );
    await Promise.all(due.map((host) => this.#ask(host)));
  }

  /**
   * Keeps the answers current, and calls back after each change.
   * @returns ends it; null when too many look
   */
  read(changed: () => void): (() => void) | null {
    const release = this.hold();
    if (release === null) return null;
    const reader = (): void => changed();
    this.#readers.add(reader);
    this.#timer ??= setInterval(() => void this.refresh(), REFRESH_MS);
    void this.refresh();
    return () => {
      this.#readers.delete(reader);
      if (this.#readers.size === 0 && this.#timer !== null) {
        clearInterval(this.#timer);
        this.#timer = null;
      }
      release();
    };
  }

  /**
   * Keeps the connections to hosts, until the last holder has released them: no host is held by a connection, or a process of ssh,
   * that has no reader.
   * @returns releases them, once; null when too many do
   */
  hold(): (() => void) | null {
    if (this.#holders >= MOST_READERS) return null;
    this.#holders += 1;
    return () => {
      this.#holders -= 1;
      if (this.#holders > 0) return;
      for (const { member, isAsked } of this.#hosts) if (!isAsked) member.host.close();
    };
  }

  async #ask(host: Watched): Promise<void> {
    const { member } = host;
    host.isAsked = true;
    const claim = { program: member.entry.name, uid: null, isSuspect: host.view.failure !== null };
    if (!this.#places.take(claim)) {
      await new Promise<void>((enter) => void this.#places.wait(claim, enter));
    }
    const { answerMs } = this.#limits;
    const answer = await member.host.call("supervisor.getAllProcessInfo", [], answerMs);
    this.#places.leave(claim);
    host.isAsked = false;
    host.askedMs = monotonic();
    const programs = answer.ok ? readPrograms(answer.value) : null;
    const failure = answer.ok ? UNREADABLE : hostComplaint(answer.error, member.entry);
    host.view = {
      ...shownPart(member),
      programs: programs ?? host.view.programs,
      failure: programs === null ? failure : null,
    };
    this.#tell();
  }

  #tell(): void {
    const shown = stateText(this.views);
    if (shown === this.#shown) return;
    this.#shown = shown;
    for (const reader of this.#readers) reader();
  }
}

const UNREADABLE: Complaint = {
  kind: "failed",
  message: "its answer is not that of a supervisor",
  steps: [],
};

function shownPart({ entry: { name, url, labels } }: Member) {
  return { name, url, labels };
}
