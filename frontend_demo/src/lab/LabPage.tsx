import { Loading, PageHeading } from "../app/blocks";
import { texts } from "../texts";

export default function LabPage() {
  return (
    <>
      <PageHeading title={texts.views.lab} />
      <Loading />
    </>
  );
}
