// One board page: the connection, the state, the views, and the moments at which they are brought together.

import { fetchComing, fetchConfig, liveBase, liveUrl } from "../api";
import { reduce } from "../board/board";
import { linkView, type LinkView } from "../board/freshness";
import { heard, kNothingToSay, notesOf, refused, trusted, type Honesty } from "../board/notes";
import { sceneOf, type Scene } from "../board/scene";
import { kEmptyBoard, type BoardState } from "../board/state";
import { browserEnv, LiveConnection, wakeWithPage, type Envelope, type Trust } from "@holeshot/live";
import { VerifiedIntake } from "@holeshot/live/page";
import { announcement } from "./announce";
import { BoardView } from "./board_view";
import { CardsView, ComingView } from "./cards";
import { h } from "./dom";
import { HealthView } from "./health";
import { TopView } from "./top";

const kChannels = ["race", "decoder"] as const;
/** After this many failures in a row the address itself may be out of date. */
const kAskAgainAfter = 2;
/** Thousands of pages learn of a new gate in the same moment; they must not all ask for the programme in it. */
const kComingSpreadMs = 6_000;
const kComingCount = 3;

export class App {
  private state: BoardState = kEmptyBoard;
  private honesty: Honesty = kNothingToSay;
  private scene: Scene | null = null;
  private liveBase: string | null = null;
  private renderAsked = false;
  private comingTimer = 0;
  private readonly connection: LiveConnection;
  private readonly board: BoardView;
  private readonly beside = new CardsView();
  private readonly coming = new ComingView();
  private readonly results = new CardsView();
  private readonly health = new HealthView();

  constructor(
    main: HTMLElement,
    private readonly top: TopView,
    private readonly trackId: string,
    private readonly trackName: string,
  ) {
    this.connection = new LiveConnection(
      {
        trackId,
        channels: kChannels,
        resolveUrl: (failures) => this.resolveUrl(failures),
        intake: this.intake(),
        onStatus: () => this.askRender(),
      },
      browserEnv(),
    );
    this.board = new BoardView(() => this.connection.serverNowUs());
    const rail = h("aside", { class: "rail", "aria-label": "More from this track" });
    rail.append(this.beside.root, this.coming.root, this.results.root, this.health.root);
    main.replaceChildren(this.board.root, rail);
  }

  start(): void {
    this.render();
    this.connection.start();
    wakeWithPage(this.connection);
    window.setInterval(() => this.askRender(), 1000);
    this.askComing(0);
  }

  private async resolveUrl(failures: number): Promise<string> {
    if (this.liveBase === null || failures >= kAskAgainAfter) {
      const config = await fetchConfig();
      this.liveBase = liveBase(config, window.location);
      this.be(heard(this.honesty, config));
    }
    return liveUrl(this.liveBase, this.trackId, kChannels);
  }

  private intake(): VerifiedIntake {
    return new VerifiedIntake({
      fetchConfig,
      monoMs: () => performance.now(),
      onEnvelope: (envelope, trust) => this.hear(envelope, trust),
      onRefused: (frame) => this.be(refused(this.honesty, frame, performance.now())),
    });
  }

  private hear(envelope: Envelope, trust: Trust): void {
    this.be(trusted(heard(this.honesty, envelope.payload), trust));
    this.take(reduce(this.state, envelope));
  }

  private be(honesty: Honesty): void {
    if (honesty === this.honesty) return;
    this.honesty = honesty;
    this.askRender();
  }

  private take(state: BoardState): void {
    if (state === this.state) return;
    this.state = state;
    this.askRender();
  }

  private askRender(): void {
    if (this.renderAsked) return;
    this.renderAsked = true;
    requestAnimationFrame(() => {
      this.renderAsked = false;
      this.render();
    });
  }

  private render(): void {
    const nowMs = performance.now();
    const nowUs = this.connection.serverNowUs();
    const link = linkView(this.connection.current, nowMs);
    const scene = sceneOf(this.state);
    this.top.setTrack(this.state.trackName ?? this.trackName);
    this.top.setLink(link);
    this.board.update(scene, this.state.alerts, this.state.crossings, link);
    this.board.tell(notesOf(this.honesty, nowMs), this.honesty.trust);
    this.beside.update(scene.beside);
    this.results.update(scene.results);
    this.health.update(this.state, nowUs, link.state === "live");
    this.follow(scene, link);
  }

  private follow(scene: Scene, link: LinkView): void {
    const said = announcement(this.scene, scene);
    if (said !== "" && link.state === "live") this.board.say(said);
    const moved = this.scene !== null && (this.scene.motoId !== scene.motoId || this.scene.mode !== scene.mode);
    if (moved) this.askComing(kComingSpreadMs * Math.random());
    this.scene = scene;
    document.title = [scene.title, scene.round, "Holeshot"].filter(Boolean).join(" · ");
  }

  private askComing(afterMs: number): void {
    window.clearTimeout(this.comingTimer);
    this.comingTimer = window.setTimeout(() => {
      const show = (coming: Parameters<ComingView["update"]>[0]): void => this.coming.update(coming);
      // The line is a courtesy: where the programme cannot be had, it is simply not there.
      fetchComing(this.trackId, kComingCount).then(show, () => show([]));
    }, afterMs);
  }
}
