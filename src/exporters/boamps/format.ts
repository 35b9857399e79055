import { fraction, integer, listOf, number, object, oneOf, type Rule, text } from './rules.ts';

/** Version of the format, as CodeCarbon and the examples of the format state it. */
export const FORMAT_VERSION = '0.1';

export const FORMAT_URI = 'https://github.com/Boavizta/BoAmps/tree/main/model';

/** Formats of data sets that the format lists. */
const DATA_FORMATS = `3gp 3gpp 3gpp2 8svx aa aac aax act afdesign afphoto ai aiff alac amr amv ape arrow asf
au avi avif awb bmp bpg cd5 cda cdr cgm clip cpt csv deep dirac divx drawingml drw dss dvf ecw eps fits flac
flif flv flvf4v gem gerber gif gle gsm heif hp-gl html hvif ico iklax ilbm img ivs jpeg json kra lottie m4a
m4b m4p m4v mathml matroska mdp mmf movpkg mp3 mpc mpeg1 mpeg2 mpeg4 msv mxf naplps netpbm nmf nrrd nsv odg
ods ogg opus pam parquet pbm pcx pdf pdn pgf pgm pgml pict plbm png pnm postscript ppm psd psp pstricks qcc
quicktime ra raw realmedia regis rf64 roq sai sgi sid sql sln svg svi swf text tga tiff tinyvg tta vicar
vivoactive vml vob voc vox wav webm webp wma wmf wmv wv xaml xar xcf xisf xls xlsx xml xps yaml other`;

const PUBLISHER = object(['confidentialityLevel'], {
  name: text,
  division: text,
  projectName: text,
  confidentialityLevel: oneOf('public', 'internal', 'confidential', 'secret'),
  publicKey: text,
});

const HEADER = object(['reportDatetime'], {
  licensing: text,
  formatVersion: text,
  formatVersionSpecificationUri: text,
  reportId: text,
  reportDatetime: text,
  reportStatus: oneOf('draft', 'final', 'corrective', 'other'),
  publisher: PUBLISHER,
});

const ALGORITHM = object([], {
  trainingType: text,
  algorithmType: text,
  algorithmName: text,
  algorithmUri: text,
  foundationModelName: text,
  foundationModelUri: text,
  parametersNumber: number,
  framework: text,
  frameworkVersion: text,
  classPath: text,
  layersNumber: number,
  epochsNumber: number,
  optimizer: text,
  quantization: text,
});

const DATASET = object(['dataUsage', 'dataType'], {
  dataUsage: oneOf('input', 'output'),
  dataType: oneOf(
    ...[
      'tabular',
      'audio',
      'boolean',
      'image',
      'video',
      'object',
      'text',
      'token',
      'word',
      'other',
    ],
  ),
  // The schema lists null as well, but wants a text: a validator refuses it.
  dataFormat: oneOf(...DATA_FORMATS.split(/\s/)),
  dataSize: number,
  dataQuantity: number,
  shape: text,
  source: oneOf('public', 'private', 'other'),
  sourceUri: text,
  owner: text,
});

const TASK = object(['taskStage', 'taskFamily', 'algorithms', 'dataset'], {
  taskStage: text,
  taskFamily: text,
  nbRequest: number,
  algorithms: listOf(ALGORITHM),
  dataset: listOf(DATASET),
  measuredAccuracy: fraction,
  estimatedAccuracy: oneOf('veryPoor', 'poor', 'average', 'good', 'veryGood'),
  taskDescription: text,
});

const MEASURE = object(['measurementMethod', 'powerConsumption'], {
  measurementMethod: text,
  manufacturer: text,
  version: text,
  cpuTrackingMode: text,
  gpuTrackingMode: text,
  averageUtilizationCpu: fraction,
  averageUtilizationGpu: fraction,
  powerCalibrationMeasurement: number,
  durationCalibrationMeasurement: number,
  powerConsumption: number,
  measurementDuration: number,
  measurementDateTime: text,
});

const HARDWARE = object(['componentType', 'nbComponent'], {
  componentName: text,
  componentType: text,
  nbComponent: integer,
  memorySize: number,
  manufacturer: text,
  family: text,
  series: text,
  share: fraction,
});

const INFRASTRUCTURE = object(['infraType', 'components'], {
  infraType: oneOf('publicCloud', 'privateCloud', 'onPremise', 'other'),
  cloudProvider: text,
  cloudInstance: text,
  cloudService: text,
  components: listOf(HARDWARE),
});

const ENVIRONMENT = object(['country'], {
  country: text,
  latitude: number,
  longitude: number,
  location: text,
  powerSupplierType: oneOf('public', 'private', 'internal', 'other'),
  powerSource: oneOf('solar', 'wind', 'nuclear', 'hydroelectric', 'gas', 'coal', 'other'),
  powerSourceCarbonIntensity: number,
});

/**
 * What a BoAmps report has to be, field by field: the facts of the format's JSON schemas
 * (Boavizta/BoAmps, `model/`, CC BY 4.0), so that a person learns what is missing without a schema
 * library in the package. A test holds it against the schemas.
 */
export const REPORT: Rule = object(['task', 'measures', 'infrastructure'], {
  header: HEADER,
  task: TASK,
  measures: listOf(MEASURE),
  system: object(['os'], { os: text, distribution: text, distributionVersion: text }),
  software: object(['language'], { language: text, version: text }),
  infrastructure: INFRASTRUCTURE,
  environment: ENVIRONMENT,
  quality: oneOf('high', 'medium', 'low'),
});
