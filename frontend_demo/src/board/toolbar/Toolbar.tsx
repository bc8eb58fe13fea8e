/** What is listed and how many, and what can be done with all of it. */
import { Menu } from "../../components/Menu";
import type { Feed } from "../feed/feed";
import { texts } from "../../texts";
import { Alerts } from "./Alerts";
import { Views } from "./Views";
import { DENSITIES, type Density } from "../table/density";
import { csvOf } from "./export";
import { type Sort, readSort, writeSort } from "../filter/sort";

const SORTS = ["-placed", "placed", "-changed", "changed", "-total", "total"];

interface Props {
  readonly feed: Feed | undefined;
  readonly sortBy: (sort: Sort) => void;
  readonly density: Density;
  readonly setDensity: (density: Density) => void;
}

export function Toolbar({ feed, sortBy, density, setDensity }: Props) {
  return (
    <div className="toolbar">
      <p className="counts" role="status">
        {feed && texts.orders.counts(feed.orders.length, feed.total)}
      </p>
      <select className="sort" aria-label={texts.orders.sort} value={feed && writeSort(feed.sort)} onChange={({ target }) => sortBy(readSort(target.value) as Sort)}>
        {SORTS.map((sort) => (
          <option key={sort} value={sort}>
            {texts.orders.sorts[sort]}
          </option>
        ))}
      </select>
      <Views />
      <Menu name={texts.rows.menu}>
        {DENSITIES.map((one) => (
          <label key={one} className="check">
            <input type="radio" name="density" checked={one === density} onChange={() => setDensity(one)} />
            {texts.rows[one]}
          </label>
        ))}
      </Menu>
      <Alerts />
      <a className="button" href={feed && csvOf(feed.filter, feed.sort)} download="orders.csv">
        {texts.orders.export}
      </a>
      <button type="button" onClick={() => window.print()}>
        {texts.orders.print}
      </button>
    </div>
  );
}
