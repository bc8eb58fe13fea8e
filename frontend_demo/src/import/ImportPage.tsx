import { Loading, PageHeading } from "../app/blocks";
import { texts } from "../texts";

export default function ImportPage() {
  return (
    <>
      <PageHeading title={texts.views.import} />
      <Loading />
    </>
  );
}
