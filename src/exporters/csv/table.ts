import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { diagLogger } from '../../diag.ts';
import type { EmissionsRecord } from '../../record/index.ts';
import { withLock } from './lock.ts';
import { backUp, type Replaced, replaceRow } from './replace.ts';
import {
  type Cells,
  cleanText,
  type Layout,
  loadRowMaker,
  OWN_LAYOUT,
  type RowMaker,
  toCells,
} from './serialize.ts';
import {
  APPEND,
  errnoOf,
  type FileStore,
  IN_PLACE,
  readPart,
  systemError,
  withFile,
} from './store.ts';
import { closingOf, type Survey, surveyFile } from './survey.ts';
import { append, overwrite } from './write.ts';

/** A CSV file that many programs write. Its methods may not run at the same time. */
export interface CsvTable {
  /** Writes the one row of a run: appended the first time, in place from then on. */
  update(record: EmissionsRecord): Promise<void>;
  /** Adds a row. */
  append(record: EmissionsRecord): Promise<void>;
  close(): Promise<void>;
}

/** Where a run's row stands, and what we wrote there. */
interface Slot {
  readonly offset: number;
  readonly bytes: Buffer;
  readonly layout: Layout;
  readonly cells: readonly string[];
}

/**
 * The file at `path`. A run's row is found again by its bytes at its offset, whatever the size of the
 * file; when they are no longer there (another program has rewritten the file), by its `run_id`.
 */
export function csvTable(path: string, store: FileStore): CsvTable {
  const slots = new Map<string, Slot>();
  let replaced: Replaced | undefined;

  const update = (record: EmissionsRecord) => async (target: string, rows: RowMaker) => {
    await settle();
    const slot = slots.get(record.run_id);
    if (slot !== undefined && (await rewrite(target, slot, record, rows))) return;
    slots.delete(record.run_id);
    await place(target, record, rows, true);
  };

  const place = async (
    target: string,
    record: EmissionsRecord,
    rows: RowMaker,
    once: boolean,
  ): Promise<void> => {
    const runId = once ? cleanText(record.run_id) : undefined;
    const found = await openTable(store, target, runId, async (file, survey) => {
      if (survey.own !== undefined) return { ...survey.own, layout: survey };
      const slot = await appendRow(file, survey, record, rows);
      if (once && slot !== undefined) slots.set(record.run_id, slot);
      return undefined;
    });
    // False only when another program has rewritten the file in this moment: tried again next time.
    if (found !== undefined && !(await rewrite(target, found, record, rows))) {
      throw systemError('EAGAIN', 'another program is rewriting the file');
    }
  };

  /** False when the row does not stand in its slot any more. */
  const rewrite = async (
    target: string,
    slot: Slot,
    record: EmissionsRecord,
    rows: RowMaker,
  ): Promise<boolean> => {
    const { layout, offset } = slot;
    const cells = toCells(record, layout.header, slot.cells);
    const fitting = rows.fitting(cells, layout, slot.bytes.length);
    const there = await inSlot(store, target, slot, async (file) => {
      if (fitting !== undefined) await overwrite(file, offset, slot.bytes, fitting);
    });
    if (!there) return false;
    const bytes = fitting ?? rows.roomy(cells, layout);
    if (fitting === undefined) {
      await settle();
      replaced = await replaceRow(store, target, slot, bytes);
    }
    slots.set(record.run_id, { offset, bytes, layout, cells: toTexts(cells) });
    return true;
  };

  /** Rows that somebody appended to a file that we have replaced since. */
  const settle = async (): Promise<void> => {
    const old = replaced;
    replaced = undefined;
    if (old === undefined) return;
    await old.rescue().finally(() => old.close());
  };

  const locked = async (work: (target: string, rows: RowMaker) => Promise<void>): Promise<void> => {
    const rows = await loadRowMaker();
    const target = await resolveLinks(store, path);
    await withLock(store, target, () => work(target, rows));
  };

  return {
    update: (record) => locked(update(record)),
    append: (record) => locked((target, rows) => place(target, record, rows, false)),
    close: async () => {
      if (replaced !== undefined) await locked(settle);
    },
  };
}

/** Does `act` on the file when the row stands in its slot as it was written; tells whether it does. */
async function inSlot(
  store: FileStore,
  path: string,
  slot: Slot,
  act: (file: FileHandle) => Promise<void>,
): Promise<boolean> {
  try {
    return await withFile(store, path, IN_PLACE, async (file) => {
      const bytes = await readPart(file, slot.offset, slot.bytes.length);
      if (!bytes.equals(slot.bytes)) return false;
      await act(file);
      return true;
    });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Opens the file with our columns; one that lacks some is moved out of the way first. */
async function openTable<Value>(
  store: FileStore,
  path: string,
  runId: string | undefined,
  use: (file: FileHandle, survey: Survey) => Promise<Value>,
): Promise<Value> {
  for (;;) {
    const done = await withFile(store, path, APPEND, async (file) => {
      const survey = await surveyFile(file, runId);
      return survey.blank || survey.complete ? { value: await use(file, survey) } : undefined;
    });
    if (done !== undefined) return done.value;
    const backup = await backUp(store, path);
    log.warn(`${path} does not have the columns of an emissions file: it is now ${backup}`);
  }
}

const log = diagLogger();

async function appendRow(
  file: FileHandle,
  survey: Survey,
  record: EmissionsRecord,
  rows: RowMaker,
): Promise<Slot | undefined> {
  const layout: Layout = survey.blank ? OWN_LAYOUT : survey;
  const cells = toCells(record, layout.header);
  const row = rows.roomy(cells, layout);
  const before = Buffer.from(survey.blank ? rows.header(layout) : closingOf(survey));
  if (survey.blank && survey.size > 0) await file.truncate(0);
  const start = await append(file, Buffer.concat([before, row]));
  if (start === undefined) return undefined;
  return { offset: start + before.length, bytes: row, layout, cells: toTexts(cells) };
}

const toTexts = (cells: Cells): readonly string[] => cells.map(String);

/** The file itself where the path is a link, so that its lock and its copies stand beside it. */
async function resolveLinks(store: FileStore, path: string): Promise<string> {
  try {
    return await store.realpath(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return join(await store.realpath(dirname(path)), basename(path));
  }
}
